package dev.yado.vmmd;

import dev.yado.protocol.address.Ip;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * How the host's networks reach others.
 *
 * @param off the host carries no networks
 * @param underlayAddress where other hosts send its tunnelled packets: an address of an interface in the underlay; empty for the
 *     first of {@code underlayDevice}, or none
 * @param underlayDevice the interface towards other hosts; empty for the one that has {@code underlayAddress}
 * @param underlayNetns the file of the network namespace where both are; empty for the daemon's own
 * @param providers names of provider networks, each with the bridge in the underlay that leads there
 */
public record NetworkOptions(
        boolean off,
        Optional<Ip> underlayAddress,
        Optional<String> underlayDevice,
        Optional<Path> underlayNetns,
        Map<String, String> providers) {
    public NetworkOptions {
        providers = Map.copyOf(providers);
    }
}
