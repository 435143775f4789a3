package dev.yado.vmmd.qemu;

import java.util.Map;
import java.util.Optional;

/**
 * What one QEMU binary can do, by its own account.
 *
 * @param machines alias or name of a machine type to its versioned name
 */
public record QemuCapabilities(String version, Map<String, String> machines, boolean ioUring) {
    public QemuCapabilities {
        machines = Map.copyOf(machines);
    }

    /** The versioned name of a machine type, or nothing when this binary has none of that name. */
    public Optional<String> machineType(String nameOrAlias) {
        return Optional.ofNullable(machines.get(nameOrAlias));
    }
}
