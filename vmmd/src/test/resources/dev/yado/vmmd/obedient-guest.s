# A guest in one boot sector that does as it is told on COM1, so that tests can make every end of a guest happen at once.
#   says "obedient: hello\n" on COM1, then a hexadecimal counter and "\n" on COM2 with every tick of the BIOS clock (18 a second)
#   p  powers off by ACPI        k  panics (pvpanic)        r  resets        b  listens to the power button from now on
#   anything else is echoed
# obedient-guest.hex is this file assembled; to make it again:
#   as --32 -o g.o obedient-guest.s && ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o g.bin g.o && xxd -p g.bin >obedient-guest.hex
        .code16
        .globl _start
_start: cli
        xor     %ax, %ax
        mov     %ax, %ds
        mov     %ax, %ss
        mov     $0x7c00, %sp
        cld
        sti
        mov     $hello, %si
        mov     $0x3f8, %dx
        call    text
        xor     %ebx, %ebx              # the counter

tick:   hlt
        mov     0x46c, %ax
        cmp     %ax, last
        je      button
        mov     %ax, last
        inc     %ebx
        mov     $0x2f8, %dx
        mov     %ebx, %ecx
        mov     $8, %di
digit:  rol     $4, %ecx
        mov     %cl, %al
        and     $0xf, %al
        add     $'0', %al
        cmp     $'9', %al
        jbe     1f
        add     $('a' - '0' - 10), %al
1:      call    byte
        dec     %di
        jnz     digit
        mov     $'\n', %al
        call    byte

button: mov     $0x600, %dx             # PM1 status of the ICH9, where SeaBIOS puts it
        in      %dx, %ax
        test    $0x100, %ax
        jnz     off

        mov     $0x3fd, %dx
        in      %dx, %al
        test    $1, %al
        jz      tick
        mov     $0x3f8, %dx
        in      %dx, %al
        cmp     $'p', %al
        je      off
        cmp     $'k', %al
        je      panic
        cmp     $'r', %al
        je      reset
        cmp     $'b', %al
        je      listen
        call    byte
        jmp     button

off:    mov     $0x604, %dx             # PM1 control: sleep type 0 is S5 here
        mov     $0x2000, %ax
        out     %ax, %dx
        jmp     tick
panic:  mov     $0x505, %dx
        mov     $1, %al
        out     %al, %dx
        jmp     tick
reset:  mov     $0xcf9, %dx
        mov     $6, %al
        out     %al, %dx
        jmp     tick
listen: mov     $0x602, %dx             # PM1 enable: the power button
        mov     $0x100, %ax
        out     %ax, %dx
        mov     $'B', %al
        mov     $0x3f8, %dx
        call    byte
        jmp     button

text:   lodsb                           # si: text, dx: port
        test    %al, %al
        jz      2f
        call    byte
        jmp     text
2:      ret

byte:   push    %ax                     # al: byte, dx: port
        add     $5, %dx
3:      in      %dx, %al
        test    $0x20, %al
        jz      3b
        sub     $5, %dx
        pop     %ax
        out     %al, %dx
        ret

hello:  .asciz  "obedient: hello\n"
last:   .word   0
        .org    510
        .word   0xaa55
