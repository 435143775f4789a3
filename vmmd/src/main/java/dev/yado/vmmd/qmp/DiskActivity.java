package dev.yado.vmmd.qmp;

/**
 * What a guest has done to one disk since its QEMU was started.
 *
 * @param node the disk's name in the block graph
 */
public record DiskActivity(String node, long readBytes, long writtenBytes, long reads, long writes, long flushes) {}
