package dev.yado.cli.vm;

import dev.yado.cli.wire.Json;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is wanted of a move. */
public final class GoalOptions {
    @Option(
            names = "--max-downtime",
            paramLabel = "MS",
            description = "How long the guest may be held at the switch-over, in ms (default 100).")
    private @Nullable Integer maxDowntime;

    @Option(names = "--no-throttle", description = "Do not slow the guest down so that copying gets ahead of it.")
    private boolean noThrottle;

    @Option(
            names = "--no-post-copy",
            description = "Do not switch over before all memory is there. From then on the guest needs both hosts.")
    private boolean noPostCopy;

    @Option(
            names = "--bandwidth",
            paramLabel = "MIBS",
            description = "At most so many MiB/s; else what the link gives.")
    private @Nullable Integer bandwidth;

    /** With what was said only; null when nothing was. @param deadline of one move; null: not said */
    public Json.@Nullable Document goal(@Nullable Duration deadline) {
        Json.Document goal = new Json.Document();
        goal = maxDowntime == null ? goal : goal.with("maxDowntimeMs", maxDowntime);
        goal = deadline == null ? goal : goal.with("deadlineSeconds", Math.max(1, deadline.toSeconds()));
        goal = noThrottle ? goal.with("mayThrottle", false) : goal;
        goal = noPostCopy ? goal.with("mayPostCopy", false) : goal;
        goal = bandwidth == null ? goal : goal.with("bandwidthMiBs", bandwidth);
        return goal.fields().isEmpty() ? null : goal;
    }
}
