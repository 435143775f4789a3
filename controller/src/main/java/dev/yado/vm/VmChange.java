package dev.yado.vm;

/**
 * What an operation on a VM is begun with.
 *
 * @param generation the change that it carries out: it is done when the host has reached this or a newer one
 */
public record VmChange(long generation) {}
