package dev.yado.vmmd.move.ladder;

import dev.yado.protocol.migration.MigrationProgress;
import dev.yado.vmmd.qmp.MigrationStatistics;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What was seen of the copying: how fast it goes, how much the guest writes anew in a round, and whether that becomes less. */
final class Copying {
    /** Closer looks say nothing of rates. */
    private static final Duration SHORTEST_WINDOW = Duration.ofMillis(20);
    /** A round counts as better than those before when it found so much less. */
    private static final double BETTER = 0.85;

    private @Nullable Look last;
    private double bytesPerSecond;
    private double wireBytesPerSecond;
    private double dirtyBytesPerSecond;
    private double foundPerRound;
    private double roundSeconds;
    private double bestRound = Double.MAX_VALUE;
    private long bestAtSync;
    private Duration bestAt = Duration.ZERO;
    private long syncs;

    private record Look(Duration at, long remaining, long sent, long zeroes, long wire, long syncs) {}

    /** Nothing changes when the last look was just before. */
    void see(MigrationStatistics now, Duration at) {
        MigrationStatistics.Memory memory = now.memory();
        if (memory == null) {
            return;
        }
        long differences = now.xbzrle() == null ? 0 : now.xbzrle().pages();
        Look look = new Look(
                at,
                memory.remainingBytes(),
                (memory.normalPages() + differences) * memory.pageSize(),
                memory.zeroPages() * memory.pageSize(),
                memory.transferredBytes(),
                memory.syncs());
        Look before = last;
        if (before != null && at.minus(before.at()).compareTo(SHORTEST_WINDOW) < 0) {
            return;
        }
        last = look;
        syncs = look.syncs();
        if (before != null) {
            compare(before, look, memory);
        }
    }

    private void compare(Look before, Look look, MigrationStatistics.Memory memory) {
        double seconds = look.at().minus(before.at()).toNanos() / 1e9;
        long sent = Math.max(0, look.sent() - before.sent());
        long zeroes = Math.max(0, look.zeroes() - before.zeroes());
        long rounds = look.syncs() - before.syncs();
        rate(sent, zeroes, seconds, rounds);
        wireBytesPerSecond = Math.max(0, look.wire() - before.wire()) / seconds;
        // The first look of all finds the whole memory, which says nothing of the guest.
        if (rounds > 0 && before.syncs() > 0) {
            double found = Math.max(0, look.remaining() - before.remaining() + sent + zeroes);
            foundPerRound = found / rounds;
            roundSeconds = rounds == 1 ? look.at().minus(roundBegan(before)).toNanos() / 1e9 : seconds / rounds;
            dirtyBytesPerSecond = written(foundPerRound, Math.max(1e-3, roundSeconds));
            judge(look);
        }
        if (rounds > 0) {
            roundBegan = look.at();
        }
        if (memory.dirtyPagesPerSecond() > 0) {
            dirtyBytesPerSecond =
                    Math.max(dirtyBytesPerSecond, (double) memory.dirtyPagesPerSecond() * memory.pageSize());
        }
    }

    /**
     * How fast a guest writes that has left so much different after so long: more than it seems, because it writes to the same pages
     * again, and the more so the nearer it comes to the most that it ever left.
     */
    private double written(double found, double seconds) {
        mostFound = Math.max(mostFound, found);
        double part = Math.min(0.98, found / (mostFound * 1.02 + 1));
        return mostFound * -Math.log1p(-part) / seconds;
    }

    private @Nullable Duration roundBegan;
    private double mostFound;

    private Duration roundBegan(Look before) {
        return roundBegan == null ? before.at() : roundBegan;
    }

    private void rate(long sent, long zeroes, double seconds, long rounds) {
        double now = sent / seconds;
        boolean idle = rounds > 1 || zeroes > sent;
        // Between short rounds, and over pages of zeroes, the link has nothing to do: such a time can only show that it
        // takes more.
        if (now > bytesPerSecond) {
            bytesPerSecond = bytesPerSecond == 0 ? now : (bytesPerSecond + now) / 2;
        } else if (!idle) {
            bytesPerSecond = bytesPerSecond * 0.8 + now * 0.2;
        }
    }

    private void judge(Look look) {
        if (foundPerRound < bestRound * BETTER) {
            bestRound = foundPerRound;
            bestAtSync = look.syncs();
            bestAt = look.at();
        }
    }

    /** From now on it is judged anew. */
    void changed(Duration at) {
        bestRound = Double.MAX_VALUE;
        bestAtSync = syncs;
        bestAt = at;
    }

    /** How often the guest's writing was looked at. */
    long syncs() {
        return syncs;
    }

    /** How many rounds have brought nothing better. */
    long roundsWithoutGain() {
        return syncs - bestAtSync;
    }

    Duration timeWithoutGain(Duration at) {
        return at.minus(bestAt);
    }

    /** A whole round has been seen since it was judged anew. */
    boolean judged() {
        return bestRound < Double.MAX_VALUE;
    }

    /** Of memory, when the link is kept busy; 0 before anything was seen. */
    double bytesPerSecond() {
        return bytesPerSecond;
    }

    double dirtyBytesPerSecond() {
        return dirtyBytesPerSecond;
    }

    /** Found to be written anew at the end of a round. */
    double foundPerRound() {
        return foundPerRound;
    }

    double roundSeconds() {
        return roundSeconds;
    }

    /** As long as the guest would be held for what it writes in a round; unlimited before anything was seen. */
    double neededMs() {
        return bytesPerSecond == 0 ? Double.MAX_VALUE : foundPerRound / bytesPerSecond * 1000;
    }

    /** What QEMU reckons: with the rate that it has just seen, which is too low while the link has little to do. */
    double neededByQemuMs() {
        double seen = Math.min(bytesPerSecond, Math.max(wireBytesPerSecond, 1));
        return bytesPerSecond == 0 ? Double.MAX_VALUE : foundPerRound / seen * 1000;
    }

    String sentence(MigrationStatistics now) {
        MigrationStatistics.Memory memory = now.memory();
        if (memory == null) {
            return "nothing was copied";
        }
        return String.format(
                Locale.ROOT,
                "%s remain in round %d, %s/s are copied and the guest writes %s/s",
                mib(memory.remainingBytes()),
                memory.syncs(),
                mib(bytesPerSecond),
                mib(dirtyBytesPerSecond));
    }

    MigrationProgress progress(MigrationStatistics now, long totalBytes) {
        MigrationStatistics.Memory memory = now.memory();
        long remaining = memory == null ? totalBytes : memory.remainingBytes();
        double expected = bytesPerSecond == 0 ? 0 : remaining / bytesPerSecond * 1000;
        return new MigrationProgress(
                MigrationProgress.Part.MEMORY,
                memory == null ? totalBytes : memory.totalBytes(),
                remaining,
                Math.round(wireBytesPerSecond),
                Math.round(dirtyBytesPerSecond),
                memory == null ? 1 : Math.max(1, memory.syncs()),
                expected,
                now.throttlePercent());
    }

    static String mib(double bytes) {
        return bytes < 10 * (1 << 20)
                ? String.format(Locale.ROOT, "%.1f MiB", bytes / (1 << 20))
                : String.format(Locale.ROOT, "%.0f MiB", bytes / (1 << 20));
    }
}
