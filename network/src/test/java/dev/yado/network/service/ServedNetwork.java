package dev.yado.network.service;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.TapDevice;
import dev.yado.network.ServiceAddresses;
import dev.yado.network.linux.Ground;
import dev.yado.network.linux.Links;
import dev.yado.protocol.network.Port;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** A network's namespace with its bridge and the services' addresses, as a driver makes it, and guests of several kinds. */
final class ServedNetwork implements AutoCloseable {
    private final Path directory;
    private final Ground ground;
    private final List<NetworkNamespace> guests = new ArrayList<>();
    private final List<TapDevice> cards = new ArrayList<>();

    ServedNetwork(Path directory) throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root makes network namespaces");
        this.directory = directory;
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path own = Files.createDirectory(directory.resolve("network"));
        ground = new Ground(NetworkNamespace.create(directory.resolve("netns")), own);
        ip("link", "set", "lo", "up");
        ip(
                "link",
                "add",
                Links.BRIDGE,
                "address",
                ServiceAddresses.MAC.text(),
                "type",
                "bridge",
                "mcast_snooping",
                "0");
        ip("link", "set", Links.BRIDGE, "addrgenmode", "none");
        ip("link", "set", Links.BRIDGE, "up");
        ip("addr", "add", Shop.SERVICE + "/24", "dev", Links.BRIDGE);
        ip("addr", "add", ServiceAddresses.METADATA + "/32", "dev", Links.BRIDGE);
        ip("addr", "add", Shop.SERVICE6 + "/64", "dev", Links.BRIDGE, "nodad");
        ip("addr", "add", ServiceAddresses.LINK_LOCAL + "/64", "dev", Links.BRIDGE, "nodad");
    }

    Ground ground() {
        return ground;
    }

    void ip(String... arguments) throws IOException {
        run(ground.namespace(), arguments);
    }

    /** A card whose guest is the test, frame by frame. */
    TapDevice card(Port port) throws IOException {
        TapDevice tap =
                TapDevice.create(ground.namespace(), Links.tap(port.id())).orElseThrow();
        cards.add(tap);
        ip("link", "set", tap.name(), "master", Links.BRIDGE, "up");
        return tap;
    }

    /** A guest that is a namespace with the port's station and addresses. */
    NetworkNamespace guest(Port port) throws IOException {
        Path file = directory.resolve("guest-" + guests.size());
        NetworkNamespace guest = NetworkNamespace.create(file);
        guests.add(guest);
        String outer = Links.tap(port.id());
        ip(
                "link",
                "add",
                outer,
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "address",
                port.mac().text());
        ip("link", "set", outer, "master", Links.BRIDGE, "up");
        ip("link", "set", "eth0", "netns", file.toString());
        run(guest, "link", "set", "lo", "up");
        run(guest, "link", "set", "eth0", "addrgenmode", "none");
        run(guest, "link", "set", "eth0", "up");
        run(guest, "addr", "add", port.addresses().get(0) + "/24", "dev", "eth0");
        run(guest, "addr", "add", MetadataService.linkLocal(port) + "/64", "dev", "eth0", "nodad");
        run(guest, "route", "add", ServiceAddresses.METADATA + "/32", "via", Shop.SERVICE.toString());
        return guest;
    }

    static void run(NetworkNamespace namespace, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        namespace.call(() -> {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            try {
                if (process.waitFor() != 0) {
                    throw new IOException(String.join(" ", command) + ": " + said);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
            return said;
        });
    }

    @Override
    public void close() throws IOException {
        cards.forEach(TapDevice::close);
        for (int i = 0; i < guests.size(); i++) {
            guests.get(i).close();
            NetworkNamespace.forget(directory.resolve("guest-" + i));
        }
        ground.namespace().close();
        NetworkNamespace.forget(directory.resolve("netns"));
    }
}
