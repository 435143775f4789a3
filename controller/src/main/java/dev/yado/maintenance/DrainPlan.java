package dev.yado.maintenance;

import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import java.time.Duration;
import java.util.List;

/**
 * What would become of the guests of a host.
 *
 * @param moves in their order
 * @param blocked those that cannot move and of which nothing is decided
 * @param takes until the last has gone; moves that go beside one another share the link
 */
record DrainPlan(
        HostId host,
        String name,
        List<Move> moves,
        List<Blocked> blocked,
        List<Kept> kept,
        Bandwidth.Expected bandwidth,
        Duration takes) {
    DrainPlan {
        moves = List.copyOf(moves);
        blocked = List.copyOf(blocked);
        kept = List.copyOf(kept);
    }

    /**
     * @param live with its memory; else it does not run
     * @param after when it has gone, from the begin of all
     */
    record Move(
            VmId vm,
            String name,
            boolean live,
            long memoryMib,
            long diskMib,
            HostId to,
            String toName,
            Duration after) {}

    record Blocked(VmId vm, String name, String why) {}

    /** It stays on the host: stopped, or as it is. */
    record Kept(VmId vm, String name, Drain.Decision decision) {}
}
