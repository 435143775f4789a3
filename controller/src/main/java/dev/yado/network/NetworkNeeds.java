package dev.yado.network;

import java.util.Set;

/**
 * What the networks of a VM need of its host.
 *
 * @param any it has cards at all
 * @param tunnel some network goes from host to host in a tunnel
 * @param providers the data centre's networks that some go by
 */
public record NetworkNeeds(boolean any, boolean tunnel, Set<String> providers) {
    public static final NetworkNeeds NONE = new NetworkNeeds(false, false, Set.of());

    public NetworkNeeds {
        providers = Set.copyOf(providers);
    }
}
