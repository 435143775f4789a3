package dev.yado.maintenance;

import java.util.List;

/** Whether a link has room for one more move beside those that are under way. */
final class Link {
    /** Each move beside others still reaches this part of what one alone does: the link is not full. */
    private static final double ENOUGH = 0.6;
    /** Begun without looking: while one prepares, the other copies. */
    private static final int ALWAYS = 2;

    private Link() {}

    /**
     * @param begun how many are under way, also those that do not copy yet
     * @param present what those reach that copy, in bytes per second; 0: not known yet
     * @param alone what one alone reaches
     * @param most never more at a time
     */
    static boolean hasRoom(int begun, List<Long> present, long alone, int most) {
        if (begun >= most) {
            return false;
        }
        if (begun < ALWAYS) {
            return true;
        }
        boolean measured = present.size() >= begun && present.stream().allMatch(speed -> speed > 0);
        long sum = present.stream().mapToLong(Long::longValue).sum();
        return measured && sum >= ENOUGH * alone * begun;
    }
}
