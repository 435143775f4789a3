package dev.yado.protocol.inventory;

/**
 * A disk or an image in a pool of a host.
 *
 * @param path below the daemon's state directory; {@code POOL:} and the path below it for one in a shared pool
 * @param bytes length of the file; -1 when it is missing
 * @param expected a VM of the host accounts for it
 */
public record FileFound(String path, long bytes, boolean expected) {}
