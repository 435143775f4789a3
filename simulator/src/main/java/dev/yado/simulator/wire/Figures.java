package dev.yado.simulator.wire;

/**
 * Reports of all hosts since the figures were last asked for.
 *
 * @param failed were not answered
 * @param p50Millis from sending to the answer, which comes after the commit
 */
public record Figures(long reports, long failed, double p50Millis, double p99Millis, double maxMillis) {}
