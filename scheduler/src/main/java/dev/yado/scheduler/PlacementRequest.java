package dev.yado.scheduler;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Architecture;
import java.util.Set;

/**
 * What a VM needs of a host.
 *
 * @param architecture that of its images
 * @param networks what the networks of its cards need
 * @param kept what it has been pinned to, and its shared pools
 */
public record PlacementRequest(
        HostSnapshot.Resources needed,
        Architecture architecture,
        AcceleratorChoice accelerator,
        Networks networks,
        Kept kept) {

    /** Of a VM without cards that keeps nothing. */
    public PlacementRequest(HostSnapshot.Resources needed, Architecture architecture, AcceleratorChoice accelerator) {
        this(needed, architecture, accelerator, Networks.NONE, Kept.NOTHING);
    }

    public PlacementRequest keeping(Kept other) {
        return new PlacementRequest(needed, architecture, accelerator, networks, other);
    }

    /** What it would run with there. */
    public Accelerator acceleratorOn(HostSnapshot host) {
        return switch (accelerator) {
            case AUTO -> host.preferred();
            case KVM -> Accelerator.KVM;
            case TCG -> Accelerator.TCG;
        };
    }

    /**
     * What networks need of a host that carries them.
     *
     * @param any it has cards at all
     * @param tunnel some network goes from host to host in a tunnel
     * @param providers the data centre's networks that some go by
     */
    public record Networks(boolean any, boolean tunnel, Set<String> providers) {
        public static final Networks NONE = new Networks(false, false, Set.of());

        public Networks {
            providers = Set.copyOf(providers);
        }
    }
}
