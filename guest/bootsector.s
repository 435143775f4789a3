# The smallest witness: a 512-byte boot sector that speaks on COM1 from its first instruction and then counts time.
#   COM1: "yado-boot-sector: hello\n", then "." every 100 ms
#   COM2, when there is one: "beacon <counter> <seconds>\n" every 100 ms, the same shape as the Linux guest's beacon
# The two words before the last one say how often: a copy of the image with others is a guest with another pace (its seconds are tenths of the counter all the same).
# It sleeps in hlt between ticks and reacts to nothing. bootsector.hex is this file assembled; to make it again:
#   as --32 -o b.o bootsector.s && ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o b.bin b.o && xxd -p b.bin >bootsector.hex
        .code16
        .globl _start
_start: mov     $0x3f8, %dx
        mov     $'y', %al
        out     %al, (%dx)              # the first byte, before anything else
        cli
        xor     %ax, %ax
        mov     %ax, %ds
        mov     %ax, %ss
        mov     $0x7c00, %sp
        cld
        movw    $tick, 0x1c * 4         # the BIOS calls interrupt 0x1c on every tick of timer 0
        movw    %ax, 0x1c * 4 + 2
        mov     $0x34, %al              # timer 0 at 1193182 / divisor Hz
        out     %al, $0x43
        mov     divisor, %ax
        out     %al, $0x40
        mov     %ah, %al
        out     %al, $0x40
        sti
        mov     $hello, %si
        call    text
        xor     %edi, %edi              # the counter
        xor     %ebp, %ebp              # the tick at which the next mark is due

mark:   mov     $0x3f8, %dx
        mov     $'.', %al
        call    byte
        mov     $0x2fd, %dx
        in      (%dx), %al
        cmp     $0xff, %al              # no COM2: its status reads as all ones
        je      next
        mov     $0x2f8, %dx
        mov     $beacon, %si
        call    text
        mov     %edi, %eax
        call    number
        mov     $' ', %al
        call    byte
        mov     %edi, %eax
        xor     %edx, %edx
        mov     $10, %ecx
        div     %ecx
        push    %dx                     # the tenth of a second
        mov     $0x2f8, %dx
        call    number
        mov     $'.', %al
        call    byte
        pop     %ax
        add     $'0', %al
        call    byte
        mov     $zero, %si
        call    text
next:   inc     %edi
        movzwl  every, %eax
        add     %eax, %ebp
sleep:  hlt
        mov     ticks, %eax
        sub     %ebp, %eax
        js      sleep
        jmp     mark

tick:   incl    %cs:ticks
        iret

text:   lodsb                           # prints the zero-terminated text at si on the port dx
        test    %al, %al
        jz      done
        call    byte
        jmp     text

number: mov     %dx, %bx                # prints eax in decimal on the port dx
        mov     $10, %ecx
        pushw   $-1
digit:  xor     %edx, %edx
        div     %ecx
        push    %dx
        test    %eax, %eax
        jnz     digit
        mov     %bx, %dx
emit:   pop     %ax
        test    %ax, %ax
        js      done
        add     $'0', %al
        call    byte
        jmp     emit
done:   ret

byte:   push    %ax                     # prints al on the port dx; a port that stays full does not stop the clock
        push    %cx
        mov     $256, %cx
        add     $5, %dx
full:   in      (%dx), %al
        test    $0x20, %al
        loopz   full
        sub     $5, %dx
        pop     %cx
        pop     %ax
        out     %al, (%dx)
        ret

hello:  .asciz  "ado-boot-sector: hello\n"
beacon: .asciz  "beacon "
zero:   .asciz  "0\n"
        .balign 4
ticks:  .long   0

        .org    506
divisor: .word  59659                   # a tick every 50 ms. Who wants a faster guest writes other numbers into a copy of the image
every:  .word   2                       # ticks from one beacon to the next
        .word   0xaa55
