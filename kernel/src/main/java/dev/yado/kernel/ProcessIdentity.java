package dev.yado.kernel;

/**
 * One process for ever: a pid alone is used again, and a start time alone after a reboot. Safe to store on disk.
 *
 * @param startTicks clock ticks (1/100 s) from boot to the process's start, field 22 of /proc/PID/stat
 * @param bootId of the boot in which the process was started
 */
public record ProcessIdentity(long pid, long startTicks, String bootId) {}
