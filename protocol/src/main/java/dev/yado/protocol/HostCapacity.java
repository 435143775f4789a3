package dev.yado.protocol;

/**
 * What a host has.
 *
 * @param disk size of the file system of the pool
 * @param diskFree what is left of it now
 */
public record HostCapacity(int cpus, Mebibytes memory, Mebibytes disk, Mebibytes diskFree) {}
