package dev.yado.protocol;

/**
 * Marks a VM that its host brings back by itself after a reboot.
 *
 * @param order lower starts first
 * @param delaySeconds wait after this one before the next
 */
public record Autostart(int order, int delaySeconds) {}
