package dev.yado.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The desired VM, whole: a host that holds the newest spec needs no other word from the controller.
 *
 * @param generation grows with every change; a host refuses a lower one
 * @param runEpoch the newest permission to run. A run that ended (guest powered off, crashed, was stopped) is not begun
 *     again under the same epoch: a start raises it
 * @param desired never {@code DELETED}
 * @param stop how to get from running to stopped
 * @param reboots grows with every asked reboot; the host resets the guest when it is higher than the one it has done
 */
public record VmSpec(
        VmId id,
        TenantId tenantId,
        String name,
        long generation,
        long runEpoch,
        DesiredState desired,
        StopPolicy stop,
        long reboots,
        VmShape shape,
        @Nullable Autostart autostart) {}
