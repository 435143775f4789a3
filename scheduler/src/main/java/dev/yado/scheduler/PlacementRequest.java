package dev.yado.scheduler;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Architecture;
import java.util.Set;

/**
 * What a VM needs of a host.
 *
 * @param architecture that of its images
 * @param networks what the networks of its cards need
 */
public record PlacementRequest(
        HostSnapshot.Resources needed, Architecture architecture, AcceleratorChoice accelerator, Networks networks) {

    /** Of a VM without cards. */
    public PlacementRequest(HostSnapshot.Resources needed, Architecture architecture, AcceleratorChoice accelerator) {
        this(needed, architecture, accelerator, Networks.NONE);
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
