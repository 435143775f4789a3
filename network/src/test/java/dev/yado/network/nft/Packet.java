package dev.yado.network.nft;

import static dev.yado.network.nft.Samples.v4;
import static dev.yado.network.nft.Samples.v6;

import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.SecurityRule.Direction;
import dev.yado.protocol.network.SecurityRule.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A packet that begins a flow of its own each time that it is written. */
record Packet(String what, Flow flow) {
    private static final AtomicInteger SOURCE_PORT = new AtomicInteger(20_000);
    private static final int PROTOCOL_WITHOUT_NAME = 253;

    static Packet tcp(Ip source, Ip destination, int port) {
        return new Packet("TCP to " + port, new Flow(source, destination, Protocol.TCP, port, 0));
    }

    static List<Packet> ofEachKind(Port from, Port to) {
        List<Packet> all = new ArrayList<>();
        for (boolean six : new boolean[] {false, true}) {
            Ip source = six ? v6(from) : v4(from);
            Ip destination = six ? v6(to) : v4(to);
            String family = six ? "IPv6 " : "IPv4 ";
            for (int port : new int[] {22, 23}) {
                all.add(new Packet(family + "TCP " + port, new Flow(source, destination, Protocol.TCP, port, 0)));
                all.add(new Packet(family + "UDP " + port, new Flow(source, destination, Protocol.UDP, port, 0)));
            }
            all.add(new Packet(family + "SCTP", new Flow(source, destination, Protocol.SCTP, 22, 0)));
            all.add(new Packet(family + "echo", new Flow(source, destination, Protocol.ICMP, six ? 128 : 8, 0)));
            all.add(new Packet(family + "GRE", new Flow(source, destination, Protocol.GRE, null, 0)));
            all.add(new Packet(family + "ESP", new Flow(source, destination, Protocol.ESP, null, 0)));
        }
        return all;
    }

    /** That lets this one pass, and of the other kinds none. */
    SecurityRule rule(Direction direction) {
        return Samples.rule(direction, flow.family(), flow.protocol(), flow.port(), null, null, null);
    }

    byte[] frame(Port from, Port to) {
        return Frames.ethernet(
                to.mac(),
                from.mac(),
                Frames.type(flow.source()),
                Frames.ip(flow.source(), flow.destination(), number(), payload()));
    }

    private int number() {
        Integer number = RuleText.number(flow.protocol(), flow.family());
        return number == null ? PROTOCOL_WITHOUT_NAME : number;
    }

    private byte[] payload() {
        Ip source = flow.source();
        Ip destination = flow.destination();
        int from = SOURCE_PORT.incrementAndGet();
        int to = flow.port() == null ? 0 : flow.port();
        return switch (flow.protocol()) {
            case TCP -> Frames.tcp(source, destination, from, to, 1, 0, 2);
            case UDP -> Frames.udp(source, destination, from, to, new byte[20]);
            case SCTP -> Frames.sctp(from, to);
            case ICMP -> Frames.icmp(source, destination, to, flow.code(), Frames.four(from << 16));
            case GRE -> Frames.bytes(Frames.hex("0000 0800"), new byte[20]);
            case ESP, ANY -> Frames.bytes(Frames.four(from), Frames.four(1), new byte[24]);
        };
    }
}
