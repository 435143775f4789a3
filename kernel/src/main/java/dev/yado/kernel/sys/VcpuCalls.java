package dev.yado.kernel.sys;

import static dev.yado.kernel.sys.KvmLayouts.KVM_REGS;
import static dev.yado.kernel.sys.KvmLayouts.KVM_RUN_PREFIX;
import static dev.yado.kernel.sys.KvmLayouts.KVM_SEGMENT;
import static dev.yado.kernel.sys.KvmLayouts.KVM_SREGS;
import static dev.yado.kernel.sys.LinuxLayouts.offset;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The ioctls of one vCPU, with the page it shares with the kernel. The caller owns descriptor and page. */
public final class VcpuCalls {
    private static final long EXIT_REASON = offset(KVM_RUN_PREFIX, "exit_reason");
    private static final long IMMEDIATE_EXIT = offset(KVM_RUN_PREFIX, "immediate_exit");

    private static final long CR0_PROTECTED_PAGED = 0x8005_0033L; // PG, AM, WP, NE, ET, MP, PE
    private static final long CR4_PAE = 0x20;
    private static final long EFER_LONG_MODE = 0x500; // LME, LMA
    private static final long RFLAGS_ALWAYS_ONE = 2;
    private static final int CODE_READ_ACCESSED = 11;
    private static final int DATA_WRITE_ACCESSED = 3;

    private final Fd vcpu;
    private final MappedMemory run;
    private volatile @Nullable ThreadKick runner;

    public VcpuCalls(Fd vcpu, MappedMemory run) {
        this.vcpu = vcpu;
        this.run = run;
    }

    /** Flat 64-bit mode with the page tables at this guest-physical address; no descriptor tables, no interrupts. */
    public void enterLongMode(long pageTables) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sregs = arena.allocate(KVM_SREGS);
            vcpu.ioctl("KVM_GET_SREGS", KvmNumbers.KVM_GET_SREGS, sregs);
            flatSegment(sregs, "cs", 8, CODE_READ_ACCESSED);
            for (String data : List.of("ds", "es", "fs", "gs", "ss")) {
                flatSegment(sregs, data, 16, DATA_WRITE_ACCESSED);
            }
            sregs.set(JAVA_LONG, offset(KVM_SREGS, "cr0"), CR0_PROTECTED_PAGED);
            sregs.set(JAVA_LONG, offset(KVM_SREGS, "cr3"), pageTables);
            sregs.set(JAVA_LONG, offset(KVM_SREGS, "cr4"), CR4_PAE);
            sregs.set(JAVA_LONG, offset(KVM_SREGS, "efer"), EFER_LONG_MODE);
            vcpu.ioctl("KVM_SET_SREGS", KvmNumbers.KVM_SET_SREGS, sregs);
        }
    }

    private static void flatSegment(MemorySegment sregs, String name, int selector, int type) {
        boolean code = type == CODE_READ_ACCESSED;
        MemorySegment segment = sregs.asSlice(offset(KVM_SREGS, name), KVM_SEGMENT);
        segment.fill((byte) 0);
        segment.set(JAVA_INT, offset(KVM_SEGMENT, "limit"), 0xffff_ffff);
        segment.set(JAVA_SHORT, offset(KVM_SEGMENT, "selector"), (short) selector);
        segment.set(JAVA_BYTE, offset(KVM_SEGMENT, "type"), (byte) type);
        segment.set(JAVA_BYTE, offset(KVM_SEGMENT, "present"), (byte) 1);
        segment.set(JAVA_BYTE, offset(KVM_SEGMENT, "s"), (byte) 1);
        segment.set(JAVA_BYTE, offset(KVM_SEGMENT, "g"), (byte) 1);
        segment.set(JAVA_BYTE, offset(KVM_SEGMENT, code ? "l" : "db"), (byte) 1);
    }

    public void setRegisters(Registers registers) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment regs = arena.allocate(KVM_REGS);
            regs.set(JAVA_LONG, offset(KVM_REGS, "rax"), registers.rax());
            regs.set(JAVA_LONG, offset(KVM_REGS, "rcx"), registers.rcx());
            regs.set(JAVA_LONG, offset(KVM_REGS, "rsp"), registers.rsp());
            regs.set(JAVA_LONG, offset(KVM_REGS, "rip"), registers.rip());
            regs.set(JAVA_LONG, offset(KVM_REGS, "rflags"), RFLAGS_ALWAYS_ONE);
            vcpu.ioctl("KVM_SET_REGS", KvmNumbers.KVM_SET_REGS, regs);
        }
    }

    public Registers registers() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment regs = arena.allocate(KVM_REGS);
            vcpu.ioctl("KVM_GET_REGS", KvmNumbers.KVM_GET_REGS, regs);
            return new Registers(
                    regs.get(JAVA_LONG, offset(KVM_REGS, "rax")),
                    regs.get(JAVA_LONG, offset(KVM_REGS, "rcx")),
                    regs.get(JAVA_LONG, offset(KVM_REGS, "rsp")),
                    regs.get(JAVA_LONG, offset(KVM_REGS, "rip")));
        }
    }

    /** Runs the guest in this platform thread, always the same one, until it exits or another thread calls {@link #kick}. */
    public VcpuExit run() throws IOException {
        if (runner == null) {
            runner = ThreadKick.ofThisThread();
        }
        try {
            vcpu.ioctl("KVM_RUN", KvmNumbers.KVM_RUN, 0);
            return VcpuExit.of(run.getInt(EXIT_REASON));
        } catch (SystemCallException e) {
            if (e.errno() == Errno.EINTR) {
                return VcpuExit.KICKED;
            }
            throw e;
        }
    }

    /**
     * Makes a current or next {@link #run} return {@code KICKED}, for good. The flag in the shared page is for a vCPU
     * about to enter the guest, the signal for one inside it.
     */
    public void kick() throws IOException {
        run.putByte(IMMEDIATE_EXIT, 1);
        ThreadKick thread = runner;
        if (thread != null) {
            thread.kick();
        }
    }
}
