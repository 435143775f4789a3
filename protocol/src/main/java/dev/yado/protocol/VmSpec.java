package dev.yado.protocol;

import java.util.List;
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
 * @param nics each is a port of a network that the host has been given before
 * @param setup what the guest is told of itself; null: nothing, as for a VM without cards
 * @param model what it has been pinned to; null: nothing yet
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
        @Nullable Autostart autostart,
        List<NicSpec> nics,
        @Nullable GuestSetup setup,
        @Nullable GuestModel model) {
    public VmSpec {
        // A controller that is one version older does not say it.
        nics = nics == null ? List.of() : List.copyOf(nics);
    }

    /** A VM without cards. */
    public VmSpec(
            VmId id,
            TenantId tenantId,
            String name,
            long generation,
            long runEpoch,
            DesiredState desired,
            StopPolicy stop,
            long reboots,
            VmShape shape,
            @Nullable Autostart autostart) {
        this(id, tenantId, name, generation, runEpoch, desired, stop, reboots, shape, autostart, List.of(), null, null);
    }

    /** The same under another permission to run. */
    public VmSpec under(long otherEpoch) {
        return new VmSpec(
                id,
                tenantId,
                name,
                generation,
                otherEpoch,
                desired,
                stop,
                reboots,
                shape,
                autostart,
                nics,
                setup,
                model);
    }

    /** A VM that is pinned to nothing. */
    public VmSpec(
            VmId id,
            TenantId tenantId,
            String name,
            long generation,
            long runEpoch,
            DesiredState desired,
            StopPolicy stop,
            long reboots,
            VmShape shape,
            @Nullable Autostart autostart,
            List<NicSpec> nics,
            @Nullable GuestSetup setup) {
        this(id, tenantId, name, generation, runEpoch, desired, stop, reboots, shape, autostart, nics, setup, null);
    }
}
