package dev.yado.operation;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What one step left behind: the claim at the next step, or null when there is nothing more to do under it. */
record After(
        @Nullable Claim next,
        @Nullable Duration wakeIn,
        @Nullable OperationStatus outcome) {
    static final After LOST = new After(null, null, null);

    /** To whoever looks for it next. */
    static final After LEFT = new After(null, Duration.ofDays(1), null);

    static After goOn(Claim next) {
        return new After(next, null, null);
    }

    static After wait(Duration wakeIn) {
        return new After(null, wakeIn, null);
    }

    static After ended(OperationStatus outcome) {
        return new After(null, null, outcome);
    }

    boolean ended() {
        return outcome != null;
    }
}
