package dev.yado.kernel;

import dev.yado.kernel.sys.CpuidEntry;
import dev.yado.kernel.sys.Registers;
import dev.yado.kernel.sys.VcpuExit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One run against a KVM device: asks it, makes a 64-bit guest of one vCPU and times a loop in it. What was found before
 * a failure stays readable. {@link #run} belongs to one platform thread; everything else may be called by any.
 */
final class KvmProbe {
    /** {@code again: inc rax; dec ecx; jnz again; hlt}: only in 64-bit mode is rax afterwards what ecx was. */
    static final byte[] COUNTING_LOOP = {
        0x48, (byte) 0xff, (byte) 0xc0, (byte) 0xff, (byte) 0xc9, 0x75, (byte) 0xf9, (byte) 0xf4
    };

    private static final long MEMORY_BYTES = 1 << 20;
    private static final long LEVEL_4 = 0x1000;
    private static final long LEVEL_3 = 0x2000;
    private static final long LEVEL_2 = 0x3000;
    private static final long STACK = 0x7000;
    private static final long CODE = 0x8000;
    private static final long PRESENT_WRITABLE = 0x03;
    private static final long LARGE_PAGE = 0x80;

    private static final long FIRST_ITERATIONS = 2_000;
    private static final long LAST_ITERATIONS = 2_000_000;
    private static final long LONG_ENOUGH_NANOS = 2_000_000;

    private final Path device;
    private final byte[] program;
    private volatile Map<String, Integer> capabilities = Map.of();
    private volatile List<CpuidLeaf> cpuid = List.of();
    private volatile @Nullable KvmGuest guest;

    KvmProbe(Path device, byte[] program) {
        this.device = device;
        this.program = program;
    }

    /** {@code iterations} rounds of the loop took {@code nanos} from entering the guest to leaving it. */
    record LoopTiming(long iterations, long nanos) {
        double nanosPerIteration() {
            return (double) nanos / iterations;
        }
    }

    LoopTiming run() throws IOException {
        try (KvmDevice kvm = KvmDevice.open(device)) {
            int version = kvm.apiVersion();
            if (version != KvmDevice.API_VERSION) {
                throw new IOException("KVM speaks version " + version + ", not " + KvmDevice.API_VERSION);
            }
            capabilities = kvm.capabilities();
            List<CpuidEntry> supported = kvm.supportedCpuid();
            cpuid = supported.stream().map(CpuidLeaf::of).toList();
            try (KvmGuest created = kvm.createGuest(MEMORY_BYTES)) {
                guest = created;
                prepare(created, supported);
                return measure(created);
            }
        }
    }

    Map<String, Integer> capabilities() {
        return capabilities;
    }

    List<CpuidLeaf> cpuid() {
        return cpuid;
    }

    /** Takes a guest that does not end by itself out of KVM_RUN. */
    void kick() throws IOException {
        KvmGuest running = guest;
        if (running != null) {
            running.kick();
        }
    }

    private void prepare(KvmGuest created, List<CpuidEntry> supported) throws IOException {
        created.loadLong(LEVEL_4, LEVEL_3 | PRESENT_WRITABLE);
        created.loadLong(LEVEL_3, LEVEL_2 | PRESENT_WRITABLE);
        created.loadLong(LEVEL_2, LARGE_PAGE | PRESENT_WRITABLE);
        created.load(CODE, program);
        created.showCpu(supported);
        created.enterLongMode(LEVEL_4);
    }

    /** Goes on to more rounds only as long as the fewer were quick: slow hosts must not pay for precision. */
    private LoopTiming measure(KvmGuest created) throws IOException {
        LoopTiming timing = quickestOfThree(created, FIRST_ITERATIONS);
        while (timing.nanos() < LONG_ENOUGH_NANOS && timing.iterations() < LAST_ITERATIONS) {
            timing = quickestOfThree(created, timing.iterations() * 10);
        }
        return timing;
    }

    /** A single run may be held up by whatever else the host does. */
    private static LoopTiming quickestOfThree(KvmGuest created, long rounds) throws IOException {
        LoopTiming quickest = time(created, rounds);
        for (int again = 0; again < 2; again++) {
            LoopTiming next = time(created, rounds);
            quickest = next.nanos() < quickest.nanos() ? next : quickest;
        }
        return quickest;
    }

    private static LoopTiming time(KvmGuest created, long rounds) throws IOException {
        created.setRegisters(new Registers(0, rounds, STACK, CODE));
        long begin = System.nanoTime();
        VcpuExit exit = created.run();
        long nanos = System.nanoTime() - begin;
        if (exit != VcpuExit.HLT) {
            throw new IOException("the test guest ended with " + exit + " instead of HLT");
        }
        long counted = created.registers().rax();
        if (counted != rounds) {
            throw new IOException("the test guest counted " + counted + " rounds instead of " + rounds);
        }
        return new LoopTiming(rounds, Math.max(1, nanos));
    }
}
