package dev.yado.kernel;

import dev.yado.kernel.KvmProbe.LoopTiming;
import dev.yado.kernel.sys.Credentials;
import dev.yado.protocol.SelfTestReport.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether guests run at hardware speed by running one, because a device file proves nothing.
 *
 * <p>It cannot hang the daemon: the guest runs in a daemon thread of its own. After the deadline the vCPU is kicked with
 * {@code immediate_exit} and a signal; should even that not bring it back within the grace time, the thread and its
 * few descriptors are left behind and the verdict is UNAVAILABLE.
 */
public final class KvmSelfTest {
    private static final Logger log = LoggerFactory.getLogger(KvmSelfTest.class);

    /** A host with VT-x or AMD-V needs 0.3 to 2 ns for a round, one whose virtualisation is emulated 500 and more. */
    private static final double SLOWEST_HARDWARE_NANOS = 20;

    private static final Duration DEADLINE = Duration.ofSeconds(2);
    private static final Duration GRACE = Duration.ofMillis(500);

    private final Path device;
    private final byte[] program;
    private final Duration deadline;
    private final ProcFs proc = ProcFs.ofHost();

    KvmSelfTest(Path device, byte[] program, Duration deadline) {
        this.device = device;
        this.program = program.clone();
        this.deadline = deadline;
    }

    /** @param device {@code /dev/kvm}, or in tests something that is not */
    public static KvmSelfTest of(Path device) {
        return new KvmSelfTest(device, KvmProbe.COUNTING_LOOP, DEADLINE);
    }

    Path device() {
        return device;
    }

    /** Takes some milliseconds, at most 2.5 s; never throws for what a host may lack. */
    public KvmSelfTestResult run() throws InterruptedException {
        KvmProbe probe = new KvmProbe(device, program);
        CompletableFuture<LoopTiming> timing = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("kvm-self-test").start(() -> complete(timing, probe));
        try {
            return measured(probe, timing.get(deadline.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return unavailable(
                    probe,
                    "the test guest did not end in " + deadline.toMillis() + " ms and was "
                            + (kickedOut(probe, timing)
                                    ? "stopped"
                                    : "left behind, as KVM did not give the vCPU back"));
        } catch (ExecutionException e) {
            return unavailable(probe, KvmFailure.explain(device, e.getCause(), Credentials.effectiveUid()));
        }
    }

    private static void complete(CompletableFuture<LoopTiming> timing, KvmProbe probe) {
        try {
            timing.complete(probe.run());
        } catch (IOException | RuntimeException | LinkageError e) {
            timing.completeExceptionally(e);
        }
    }

    private static boolean kickedOut(KvmProbe probe, CompletableFuture<LoopTiming> timing) throws InterruptedException {
        try {
            probe.kick();
            timing.get(GRACE.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException e) {
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (IOException e) {
            log.warn("the vCPU of the KVM self-test could not be kicked", e);
            return false;
        }
    }

    static Verdict verdict(double nanosPerIteration) {
        return nanosPerIteration <= SLOWEST_HARDWARE_NANOS ? Verdict.HARDWARE : Verdict.EMULATED;
    }

    private KvmSelfTestResult measured(KvmProbe probe, LoopTiming timing) {
        double nanos = timing.nanosPerIteration();
        if (verdict(nanos) == Verdict.HARDWARE) {
            String reason = String.format(Locale.ROOT, "a 64-bit guest ran %.1f ns a round: hardware speed", nanos);
            return result(Verdict.HARDWARE, reason, probe, timing.iterations(), nanos);
        }
        String reason = String.format(
                Locale.ROOT,
                "KVM works but is slow: a 64-bit guest needed %.0f ns a round where hardware needs about 1;"
                        + " this host's virtualisation is itself emulated",
                nanos);
        return result(Verdict.EMULATED, reason, probe, timing.iterations(), nanos);
    }

    private KvmSelfTestResult unavailable(KvmProbe probe, String reason) {
        return result(Verdict.UNAVAILABLE, reason, probe, 0, 0);
    }

    private KvmSelfTestResult result(
            Verdict verdict, String reason, KvmProbe probe, long iterations, double nanosPerIteration) {
        return new KvmSelfTestResult(
                verdict,
                reason,
                iterations,
                nanosPerIteration,
                CpuNames.vendor(probe.cpuid()).orElse("unknown"),
                CpuNames.model(probe.cpuid()).orElseGet(this::modelFromProc),
                probe.capabilities(),
                probe.cpuid());
    }

    private String modelFromProc() {
        try {
            return proc.cpuModel();
        } catch (IOException e) {
            return "unknown";
        }
    }
}
