package dev.yado.vmmd.network;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.Nftables;
import dev.yado.kernel.TapDevice;
import dev.yado.kernel.netlink.LinkKind;
import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.protocol.address.Ip;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Tries everything that networks need of the kernel in a network namespace of its own, which is gone afterwards. */
public final class KernelNeeds {
    private static final Path BRIDGED = Path.of("/proc/sys/net/bridge/bridge-nf-call-iptables");
    private static final int MTU = 1500;

    private KernelNeeds() {}

    private interface Trial {
        void run() throws IOException;
    }

    /**
     * Why this kernel, or this user, can carry no networks; empty: it can.
     *
     * @param scratch a directory for a file that is removed again
     */
    public static Optional<String> missing(Path scratch) {
        Path file = scratch.resolve("network-trial");
        try {
            NetworkNamespace.forget(file);
        } catch (IOException e) {
            // Nothing was there, or it cannot be ours: making it says which.
        }
        try (NetworkNamespace namespace = NetworkNamespace.create(file)) {
            return missing(namespace);
        } catch (IOException e) {
            return Optional.of("Networks need root (CAP_SYS_ADMIN and CAP_NET_ADMIN) and network namespaces: "
                    + e.getMessage() + ".");
        } finally {
            try {
                NetworkNamespace.forget(file);
            } catch (IOException e) {
                // Without root there is nothing to take away.
            }
        }
    }

    private static Optional<String> missing(NetworkNamespace namespace) {
        return refusal(
                        "bridges",
                        "modprobe bridge",
                        () -> add(namespace, "br0", new LinkKind.Bridge(true, true, false, false)))
                .or(() -> refusal(
                        "tunnels",
                        "modprobe vxlan",
                        () -> add(namespace, "vx0", new LinkKind.Vxlan(1, Ip.parse("127.0.0.1"), 4789, false))))
                .or(() -> refusal(
                        "TAP devices",
                        "modprobe tun",
                        () -> TapDevice.create(namespace, "tap0").ifPresent(TapDevice::close)))
                .or(() -> refusal("packet rules", "modprobe nf_tables, and the library libnftables1", () -> {
                    Nftables rules = new Nftables(namespace);
                    rules.run("add table inet trial; add chain inet trial forward"
                            + " { type filter hook forward priority 0; policy drop; };"
                            + " add rule inet trial forward ct state established accept");
                }))
                .or(() -> refusal("rules for bridged packets", "modprobe br_netfilter", () -> {
                    if (Files.notExists(BRIDGED)) {
                        throw new IOException("there is no " + BRIDGED);
                    }
                }));
    }

    private static void add(NetworkNamespace namespace, String name, LinkKind kind) throws IOException {
        try (RouteSocket socket = RouteSocket.open(namespace)) {
            socket.run(List.of(LinkRequests.add(name, kind, MTU, null)));
        }
    }

    private static Optional<String> refusal(String what, String remedy, Trial trial) {
        try {
            trial.run();
            return Optional.empty();
        } catch (IOException | LinkageError e) {
            return Optional.of("This host has no " + what + " (" + remedy + "): " + e.getMessage() + ".");
        }
    }
}
