package dev.yado.protocol;

import org.jspecify.annotations.Nullable;

/**
 * What a guest sees of its machine, kept from its first start on, wherever it runs.
 *
 * @param machineType versioned; null before the first start: the host takes its newest
 * @param cpuModel a named CPU model in QEMU's words; null: all that the host's processor has, so the VM can move only between alike
 */
public record GuestModel(
        @Nullable String machineType, @Nullable String cpuModel) {}
