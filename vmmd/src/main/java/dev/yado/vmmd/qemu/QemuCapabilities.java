package dev.yado.vmmd.qemu;

import dev.yado.protocol.Accelerator;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one QEMU binary can do on this machine, by its own account.
 *
 * @param machines alias or name of a machine type to its versioned name
 * @param cpuModels by accelerator that QEMU can use: the models of which a guest gets every feature
 */
public record QemuCapabilities(
        String version, Map<String, String> machines, boolean ioUring, Map<Accelerator, List<String>> cpuModels) {
    private static final Pattern VERSIONED_Q35 = Pattern.compile("pc-q35-(\\d+)\\.(\\d+).*");

    public QemuCapabilities {
        machines = Map.copyOf(machines);
        cpuModels = Map.copyOf(cpuModels);
    }

    /** The versioned name of a machine type, or nothing when this binary has none of that name. */
    public Optional<String> machineType(String nameOrAlias) {
        return Optional.ofNullable(machines.get(nameOrAlias));
    }

    /** Those that guests can have, the oldest first. */
    public List<String> versionedMachineTypes() {
        return machines.values().stream()
                .distinct()
                .filter(type -> VERSIONED_Q35.matcher(type).matches())
                .sorted(Comparator.comparingInt(QemuCapabilities::age).thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    /**
     * Named models that a guest may be pinned to, the best last.
     *
     * @param vendor of the host's processor, as it calls itself
     */
    public List<String> cpuModels(Accelerator accelerator, String vendor) {
        return CpuModels.worthPinning(cpuModels.getOrDefault(accelerator, List.of()), accelerator, vendor);
    }

    private static int age(String type) {
        Matcher parts = VERSIONED_Q35.matcher(type);
        return parts.matches() ? Integer.parseInt(parts.group(1)) * 1000 + Integer.parseInt(parts.group(2)) : 0;
    }
}
