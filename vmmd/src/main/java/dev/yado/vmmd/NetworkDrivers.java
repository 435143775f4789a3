package dev.yado.vmmd;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.ProcessWatcher;
import dev.yado.kernel.netlink.Link;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.NetworkDriver;
import dev.yado.network.linux.LinuxDriver;
import dev.yado.network.linux.Underlay;
import dev.yado.network.nft.Firewall;
import dev.yado.network.nft.Shaping;
import dev.yado.network.router.Routing;
import dev.yado.network.service.AddressService;
import dev.yado.network.service.Guests;
import dev.yado.network.service.MetadataService;
import dev.yado.protocol.address.Ip;
import dev.yado.vmmd.network.KernelNeeds;
import dev.yado.vmmd.network.NoDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Chooses what carries networks on this host. */
final class NetworkDrivers {
    /** Whom dnsmasq becomes; it owns nothing. */
    private static final String SERVICE_USER = "nobody";

    private NetworkDrivers() {}

    /**
     * @param state the daemon's directory
     * @throws IOException when an option names what is not there
     */
    static NetworkDriver open(NetworkOptions options, Path state, ProcessWatcher watcher, Guests guests)
            throws IOException {
        if (options.off()) {
            return new NoDriver("This host was told to carry no networks (--no-networks).");
        }
        Optional<String> missing = KernelNeeds.missing(state);
        if (missing.isPresent()) {
            return new NoDriver(missing.get());
        }
        Optional<Path> dnsmasq = AddressService.find();
        if (dnsmasq.isEmpty()) {
            return new NoDriver("Networks need the program dnsmasq: install dnsmasq-base and restart the daemon.");
        }
        Path namespace = options.underlayNetns().orElse(null);
        Underlay underlay =
                Underlay.open(namespace, endpoint(options, namespace), Underlay.DEFAULT_PORT, options.providers());
        return new LinuxDriver(
                underlay,
                state,
                List.of(
                        new Shaping(),
                        new Firewall(),
                        new AddressService(watcher, dnsmasq.get(), SERVICE_USER),
                        new MetadataService(guests)),
                new Routing());
    }

    private static @Nullable Ip endpoint(NetworkOptions options, @Nullable Path namespace) throws IOException {
        if (options.underlayAddress().isPresent() || options.underlayDevice().isEmpty()) {
            return options.underlayAddress().orElse(null);
        }
        String device = options.underlayDevice().get();
        try (NetworkNamespace entered = namespace == null
                        ? NetworkNamespace.ofThisProcess()
                        : NetworkNamespace.open(namespace)
                                .orElseThrow(() -> new IOException("there is no network namespace at " + namespace));
                RouteSocket socket = RouteSocket.open(entered)) {
            Link link = socket.link(device)
                    .orElseThrow(() -> new IOException("--underlay-device: there is no interface " + device));
            return socket.addresses().stream()
                    .filter(address -> address.link() == link.index())
                    .map(address -> address.address())
                    .filter(address -> !address.toString().startsWith("fe80:"))
                    .sorted()
                    .findFirst()
                    .orElseThrow(() -> new IOException("--underlay-device: " + device + " has no address"));
        }
    }
}
