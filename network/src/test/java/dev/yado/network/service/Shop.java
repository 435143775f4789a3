package dev.yado.network.service;

import dev.yado.protocol.GuestSetup;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.NicSpec;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Segment;
import dev.yado.protocol.network.StaticRoute;
import dev.yado.protocol.network.Subnet;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The network "Shop" of both families, with a gateway, a route and guests that the tests name. */
final class Shop {
    static final NetworkId ID = NetworkId.of("0198c0de-0000-7000-8000-000000000001");
    static final TenantId TENANT = TenantId.random();
    static final Ip SERVICE = Ip.parse("10.0.0.2");
    static final Ip SERVICE6 = Ip.parse("fd00:1::2");
    /** Of the world, for names of the world. */
    static final Ip WORLD = Ip.parse("192.0.2.53");

    static final String KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAITest ann@example.org";

    private Shop() {}

    static Port port(String hostname, int number) {
        return new Port(
                NicId.random(),
                VmId.random(),
                new Mac("52:54:00:00:00:%02x".formatted(number)),
                List.of(Ip.parse("10.0.0." + number), Ip.parse("fd00:1::" + number)),
                hostname,
                new Port.Place(true, null),
                List.of(),
                List.of(),
                true,
                null);
    }

    static HostNetwork network(Port... ports) {
        return network("Shop", ports);
    }

    static HostNetwork network(String name, Port... ports) {
        Subnet four = new Subnet(
                Cidr.parse("10.0.0.0/24"),
                SERVICE,
                Ip.parse("10.0.0.1"),
                true,
                List.of(WORLD),
                List.of(new StaticRoute(Cidr.parse("10.9.0.0/16"), Ip.parse("10.0.0.7"))));
        Subnet six = new Subnet(Cidr.parse("fd00:1::/64"), SERVICE6, Ip.parse("fd00:1::1"), true, List.of(), List.of());
        return network(name, List.of(four, six), ports);
    }

    static HostNetwork network(String name, List<Subnet> subnets, Port... ports) {
        return new HostNetwork(
                ID, TENANT, name, 1, new Segment.Overlay(7), 1450, subnets, Arrays.asList(ports), List.of(), List.of());
    }

    /** The guest that has the port, as the daemon knows it. */
    static Guest guest(Port port, byte @Nullable [] userData) {
        String text = userData == null ? null : Base64.getEncoder().encodeToString(userData);
        VmId vm = port.vm();
        String hostname = port.hostname();
        if (vm == null || hostname == null) {
            throw new IllegalArgumentException("a router's port: " + port);
        }
        List<Interface> addresses = port.addresses().stream()
                .map(address -> new Interface(address, address.v6() ? 64 : 24))
                .toList();
        return new Guest(
                vm,
                TENANT,
                "VM " + hostname,
                new GuestSetup(hostname, List.of(KEY), text),
                List.of(new NicSpec(port.id(), ID, port.mac(), addresses)));
    }

    static Map<NetworkId, HostNetwork> only(HostNetwork network) {
        return Map.of(network.id(), network);
    }
}
