package dev.yado.protocol.migration;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.migration.DepartureAnswer.Rung;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a move would be like if it began now.
 *
 * @param memoryBytes that would be copied in the first round: pages of zeroes cost next to nothing
 * @param diskBytes that would be copied before
 * @param dirtyBytesPerSecond how fast the guest writes to its memory, by sampling pages for a second
 * @param bytesPerSecond that the link is expected to give
 * @param rounds of copying memory
 * @param rungs of the ladder that will be needed
 * @param chance that the goal is met, 0 to 1
 * @param explanation one sentence for people
 */
public record Forecast(
        long memoryBytes,
        long diskBytes,
        long dirtyBytesPerSecond,
        long bytesPerSecond,
        int rounds,
        long durationMs,
        double downtimeMs,
        List<Rung.Kind> rungs,
        double chance,
        String explanation) {
    public Forecast {
        rungs = List.copyOf(rungs);
    }

    /** @param bytesPerSecond that moves between the two hosts reached before; null: none was made */
    public record Question(
            MigrationGoal goal,
            List<DiskId> copied,
            @Nullable Long bytesPerSecond) {
        public Question {
            copied = List.copyOf(copied);
        }
    }
}
