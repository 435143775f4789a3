package dev.yado.protocol.inventory;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a daemon knows of one VM when it is asked why it is as it is.
 *
 * @param at by the host's clock
 * @param spec the newest accepted one; null once deleted
 * @param newest the newest call that it has accepted
 * @param run the newest run, in a sentence: how it was begun, whether it lasts, how it ended
 * @param process the process, in a sentence; null when there is none
 * @param lastWords what QEMU said last in the newest run
 * @param drift what was found other than it should be
 */
public record GuestStory(
        Instant at,
        VmReport report,
        @Nullable VmSpec spec,
        @Nullable CallFence newest,
        String run,
        @Nullable String process,
        List<String> lastWords,
        List<DriftFinding> drift) {
    public GuestStory {
        lastWords = List.copyOf(lastWords);
        drift = List.copyOf(drift);
    }
}
