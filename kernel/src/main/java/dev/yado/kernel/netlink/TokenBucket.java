package dev.yado.kernel.netlink;

/**
 * The limit of what leaves at a link.
 *
 * @param link the index of the device
 * @param bytesPerSecond on average
 * @param queueBytes what waits at most; more is dropped
 */
public record TokenBucket(int link, long bytesPerSecond, int queueBytes) {}
