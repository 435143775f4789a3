package dev.yado.vmmd;

import dev.yado.network.NetworkDriver;
import dev.yado.network.service.Guests;
import dev.yado.vmmd.network.NoDriver;
import java.nio.file.Path;

/** Chooses what carries networks on this host. */
final class NetworkDrivers {
    private NetworkDrivers() {}

    static NetworkDriver open(NetworkOptions options, Path state, Guests guests) {
        if (options.off()) {
            return new NoDriver("This host was told to carry no networks (--no-networks).");
        }
        return new NoDriver("This daemon has no driver of networks for " + state + guests + ".");
    }
}
