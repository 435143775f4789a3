package dev.yado.vmmd.move.ladder;

import dev.yado.protocol.migration.MigrationGoal;

/**
 * What both ends of a move can do.
 *
 * @param throttle auto-converge
 * @param postCopy the destination's kernel lets its QEMU handle page faults
 * @param preempt in post-copy, asked pages come by a channel of their own
 * @param streams that memory is sent in when the goal forbids post-copy, which takes one only; where more than one was measured to
 *     be faster
 */
public record Abilities(boolean xbzrle, boolean throttle, boolean postCopy, boolean preempt, int streams) {
    public Abilities {
        if (streams < 1) {
            throw new IllegalArgumentException("streams is at least 1, not " + streams);
        }
        if (preempt && !postCopy) {
            throw new IllegalArgumentException("there is no preempt without post-copy");
        }
    }

    /** Less what the goal forbids, and what does not go together. */
    Abilities under(MigrationGoal goal) {
        boolean mayFollow = postCopy && goal.mayPostCopy();
        int together = mayFollow ? 1 : streams;
        return new Abilities(
                xbzrle && together == 1, throttle && goal.mayThrottle(), mayFollow, preempt && mayFollow, together);
    }
}
