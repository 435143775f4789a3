package dev.yado.flow;

import dev.yado.migration.Migration;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.MigrationProgress;
import java.util.Locale;

/** Moves in words. */
final class MoveText {
    private static final double MIB = 1 << 20;

    private MoveText() {}

    static String underWay(Migration migration, DepartureAnswer said) {
        String to = "moves to host " + migration.to();
        MigrationProgress now = said.progress();
        if (said.phase() == DepartureAnswer.Phase.SWITCHING) {
            return to + ": its guest is held for the last part";
        }
        if (now == null) {
            return to;
        }
        long total = Math.max(1, now.totalBytes());
        long done = Math.max(0, 100 - now.remainingBytes() * 100 / total);
        return String.format(
                Locale.ROOT,
                "%s: %d %% of its %s, %.0f MiB left at %.0f MiB/s%s",
                to,
                done,
                now.part() == MigrationProgress.Part.DISKS ? "disks" : "memory",
                now.remainingBytes() / MIB,
                now.bytesPerSecond() / MIB,
                now.part() == MigrationProgress.Part.MEMORY ? ", round " + now.round() : "");
    }

    static String result(DepartureAnswer said) {
        DepartureAnswer.Result result = said.result();
        return result == null
                ? "handed over"
                : String.format(
                        Locale.ROOT,
                        "handed over after %d ms; its guest was held for %.1f ms",
                        result.totalMs(),
                        result.blackoutMs());
    }
}
