package dev.yado.protocol;

import java.util.Map;

/**
 * What the KVM self-test found by running a guest.
 *
 * @param nanosPerIteration time of one round of the test loop; 0 when nothing ran
 * @param details CPU model, capabilities and the like, name to value
 */
public record SelfTestReport(Verdict verdict, String reason, double nanosPerIteration, Map<String, String> details) {
    public enum Verdict {
        /** Guests run at hardware speed. */
        HARDWARE,
        /** KVM answers, but the machine below it is emulated: TCG is the better choice. */
        EMULATED,
        UNAVAILABLE
    }

    public SelfTestReport {
        details = Map.copyOf(details);
    }
}
