package dev.yado.simulator.wire;

/** Times in buckets that are 5 % wide, so that a percentile is right to 5 % however many there are. */
final class Latencies {
    private static final double WIDTH = 1.05;
    private static final double SMALLEST_MILLIS = 0.05;
    private static final int BUCKETS = 300;

    private long[] counts = new long[BUCKETS];
    private long failed;
    private double max;

    synchronized void took(long nanos) {
        double millis = nanos / 1e6;
        int bucket = (int) (Math.log(Math.max(1, millis / SMALLEST_MILLIS)) / Math.log(WIDTH));
        counts[Math.min(bucket, BUCKETS - 1)]++;
        max = Math.max(max, millis);
    }

    synchronized void failed() {
        failed++;
    }

    /** And begins anew. */
    synchronized Figures take() {
        long total = 0;
        for (long count : counts) {
            total += count;
        }
        Figures figures = new Figures(total, failed, percentile(total, 0.50), percentile(total, 0.99), max);
        counts = new long[BUCKETS];
        failed = 0;
        max = 0;
        return figures;
    }

    private double percentile(long total, double share) {
        long below = (long) Math.ceil(total * share);
        long seen = 0;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            seen += counts[bucket];
            if (seen >= below && seen > 0) {
                return SMALLEST_MILLIS * Math.pow(WIDTH, bucket + 1.0);
            }
        }
        return 0;
    }
}
