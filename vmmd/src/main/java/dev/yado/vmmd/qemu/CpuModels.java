package dev.yado.vmmd.qemu;

import dev.yado.protocol.Accelerator;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which named CPU models are worth pinning a guest to, the worst first: versioned ones of servers, without the transactional memory
 * that firmware has switched off everywhere. The order is the same on every host, so that hosts can be compared.
 */
final class CpuModels {
    private static final String INTEL = "GenuineIntel";
    private static final String AMD = "AuthenticAMD";
    private static final String ANY = "";
    private static final Pattern VERSIONED = Pattern.compile("(.+)-v(\\d+)");

    /** By x86-64 level and then by age. */
    private static final List<Family> FAMILIES = List.of(
            new Family("qemu64", ANY, 1),
            new Family("Nehalem", INTEL, 1),
            new Family("Westmere", INTEL, 1),
            new Family("SandyBridge", INTEL, 1),
            new Family("IvyBridge", INTEL, 1),
            new Family("Haswell", INTEL, 2, 3),
            new Family("Broadwell", INTEL, 2, 3),
            new Family("EPYC", AMD, 1),
            new Family("EPYC-Rome", AMD, 1),
            new Family("EPYC-Milan", AMD, 1),
            new Family("Skylake-Server", INTEL, 3),
            new Family("Cascadelake-Server", INTEL, 3),
            new Family("Icelake-Server", INTEL, 2),
            new Family("SapphireRapids", INTEL, 1),
            new Family("GraniteRapids", INTEL, 1),
            new Family("EPYC-Genoa", AMD, 1),
            new Family("EPYC-Turin", AMD, 1));

    private CpuModels() {}

    /**
     * @param first its first version that is of use
     * @param not later versions that are not
     */
    private record Family(String name, String vendor, int first, Set<Integer> not) {
        Family(String name, String vendor, int first, Integer... not) {
            this(name, vendor, first, Set.of(not));
        }
    }

    private record Ranked(String name, int family, int version) {}

    /**
     * @param runnable names of models of which a guest gets every feature
     * @param vendor of the host's processor. Under KVM a guest sees it whatever its model, so a guest that has begun on one vendor's
     *     processor cannot go on on another's: only models of this vendor count
     */
    static List<String> worthPinning(Collection<String> runnable, Accelerator accelerator, String vendor) {
        return runnable.stream()
                .map(name -> ranked(name, accelerator, vendor))
                .flatMap(Optional::stream)
                .sorted(Comparator.comparingInt(Ranked::family).thenComparingInt(Ranked::version))
                .map(Ranked::name)
                .toList();
    }

    private static Optional<Ranked> ranked(String name, Accelerator accelerator, String vendor) {
        Matcher parts = VERSIONED.matcher(name);
        if (!parts.matches()) {
            return Optional.empty();
        }
        int version = Integer.parseInt(parts.group(2));
        for (int rank = 0; rank < FAMILIES.size(); rank++) {
            Family family = FAMILIES.get(rank);
            boolean ofVendor = accelerator == Accelerator.TCG || family.vendor().equals(vendor);
            if (family.name().equals(parts.group(1))
                    && ofVendor
                    && version >= family.first()
                    && !family.not().contains(version)) {
                return Optional.of(new Ranked(name, rank, version));
            }
        }
        return Optional.empty();
    }
}
