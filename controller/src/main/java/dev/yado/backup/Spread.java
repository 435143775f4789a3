package dev.yado.backup;

import dev.yado.protocol.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When each VM has its turn. VMs of one schedule do not begin all at once: each has its own delay within the window, by its id, so that
 * it is the same every night.
 */
record Spread(Timetable timetable, Duration window) {
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    /** How long after the time that the timetable says. */
    Duration delay(VmId vm) {
        if (window.isZero()) {
            return Duration.ZERO;
        }
        long bits = vm.value().getMostSignificantBits() * 31 + vm.value().getLeastSignificantBits() + GOLDEN;
        bits = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
        bits = (bits ^ bits >>> 27) * 0x94d049bb133111ebL;
        bits ^= bits >>> 31;
        return Duration.ofSeconds(Long.remainderUnsigned(bits, window.toSeconds()));
    }

    /**
     * The time for which it is the VM's turn now. Of those that were missed the last only is caught up.
     *
     * @param handled the last that was; or since when there are any
     */
    Optional<Instant> due(VmId vm, Instant handled, Instant now) {
        return timetable.last(handled, now.minus(delay(vm)));
    }

    /** When its next turn begins. */
    Optional<Instant> next(VmId vm, Instant handled) {
        return timetable.next(handled).map(at -> at.plus(delay(vm)));
    }

    /**
     * The last turn that should have come to something by now and has not.
     *
     * @param since turns of before do not count
     * @param lastTaken null: there is no backup
     * @param grace how long a backup may take
     */
    Optional<Instant> overdueSince(VmId vm, Instant since, @Nullable Instant lastTaken, Instant now, Duration grace) {
        return timetable
                .last(since, now.minus(delay(vm)).minus(grace))
                .filter(turn -> lastTaken == null || lastTaken.isBefore(turn));
    }
}
