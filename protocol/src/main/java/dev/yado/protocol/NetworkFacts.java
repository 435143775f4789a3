package dev.yado.protocol;

import dev.yado.protocol.address.Ip;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a host can do for networks.
 *
 * @param driver such as {@code linux}; {@code simulated} for a simulated host
 * @param tunnelEndpoint where other hosts send its tunnelled packets; null: it can carry only networks that need no tunnel
 * @param underlayMtu of the interface behind it
 * @param providers the provider networks that it has a way to
 * @param problem why it can carry no network at all, for people; null: it can
 */
public record NetworkFacts(
        String driver,
        @Nullable Ip tunnelEndpoint,
        int underlayMtu,
        List<String> providers,
        @Nullable String problem) {
    public NetworkFacts {
        providers = List.copyOf(providers);
    }
}
