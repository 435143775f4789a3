package dev.yado.kernel.netlink;

import static dev.yado.kernel.sys.NetlinkNumbers.*;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.sys.NetlinkCalls;
import dev.yado.kernel.sys.NetlinkMessage;
import dev.yado.kernel.sys.NetlinkWriter;
import dev.yado.kernel.sys.SystemCallException;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A conversation with the kernel about one network namespace. Any thread may use it; calls wait for each other. */
public final class RouteSocket implements AutoCloseable {
    /** A dump is repeated when something changed meanwhile; past that the last one is taken. */
    private static final int TRIES = 20;

    private final NetlinkCalls calls;

    private RouteSocket(NetlinkCalls calls) {
        this.calls = calls;
    }

    public static RouteSocket open(NetworkNamespace namespace) throws IOException {
        return new RouteSocket(namespace.call(NetlinkCalls::open));
    }

    public void run(NetlinkRequest request) throws IOException {
        run(List.of(request));
    }

    /** Has all done in their order, also those after one that fails; throws the first failure. */
    public void run(List<NetlinkRequest> requests) throws IOException {
        List<SystemCallException> failures = failuresOf(requests);
        if (!failures.isEmpty()) {
            SystemCallException first = failures.getFirst();
            failures.stream().skip(1).limit(10).forEach(first::addSuppressed);
            throw first;
        }
    }

    /** Has all done in their order, also those after one that fails, hundreds in one system call. */
    public synchronized List<SystemCallException> failuresOf(List<NetlinkRequest> requests) throws IOException {
        List<NetlinkCalls.Answer> answers =
                calls.run(requests.stream().map(NetlinkRequest::message).toList());
        List<SystemCallException> failures = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            try {
                answers.get(i).requireDone(requests.get(i).what());
            } catch (SystemCallException e) {
                failures.add(e);
            }
        }
        return failures;
    }

    public List<Link> links() throws IOException {
        return dump(
                "list links",
                () -> new NetlinkWriter(RTM_GETLINK, 0).link(AF_UNSPEC, 0, 0, 0),
                (message, links) -> links.add(LinkReader.read(message)));
    }

    public Optional<Link> link(String name) throws IOException {
        return links().stream().filter(link -> link.name().equals(name)).findFirst();
    }

    /** Of all links. */
    public List<InterfaceAddress> addresses() throws IOException {
        return dump(
                "list addresses",
                () -> new NetlinkWriter(RTM_GETADDR, 0).address(AF_UNSPEC, 0, 0, 0),
                RouteSocket::readAddress);
    }

    private static void readAddress(NetlinkMessage message, List<InterfaceAddress> into) {
        var attributes = message.addressAttributes();
        // Of a point-to-point link, IFA_ADDRESS is the other side.
        attributes
                .value(IFA_LOCAL)
                .or(() -> attributes.value(IFA_ADDRESS))
                .ifPresent(bytes ->
                        into.add(new InterfaceAddress(message.addressIndex(), Ip.of(bytes), message.addressPrefix())));
    }

    /**
     * Those of a link that were set for good, of both families. The kernel picks them out: its table is that of all namespaces, and while
     * somebody else's entries come and go, a list of all that takes more than one message leaves out some and does not say so.
     */
    public List<Neighbour> neighbours(int link) throws IOException {
        List<Neighbour> found = new ArrayList<>();
        for (int family : new int[] {AF_INET, AF_INET6}) {
            found.addAll(dump(
                    "list neighbours",
                    () -> new NetlinkWriter(RTM_GETNEIGH, 0)
                            .neighbour(family, 0, 0, 0)
                            .number(NDA_IFINDEX, link),
                    RouteSocket::readNeighbour));
        }
        return found;
    }

    private static void readNeighbour(NetlinkMessage message, List<Neighbour> into) {
        var attributes = message.neighbourAttributes();
        boolean permanent = (message.neighbourState() & NUD_PERMANENT) != 0;
        attributes
                .value(NDA_DST)
                .ifPresent(ip -> LinkReader.mac(attributes.value(NDA_LLADDR))
                        .ifPresent(
                                mac -> into.add(new Neighbour(message.neighbourIndex(), Ip.of(ip), mac, permanent))));
    }

    /** Of all bridges and tunnels, without those that only say which addresses the links have themselves. */
    public List<ForwardingEntry> forwardingEntries() throws IOException {
        return dump(
                "list forwarding entries",
                () -> new NetlinkWriter(RTM_GETNEIGH, 0).neighbour(AF_BRIDGE, 0, 0, 0),
                RouteSocket::readForwardingEntry);
    }

    private static void readForwardingEntry(NetlinkMessage message, List<ForwardingEntry> into) {
        var attributes = message.neighbourAttributes();
        int link = message.neighbourIndex();
        int state = message.neighbourState();
        Optional<Mac> mac = LinkReader.mac(attributes.value(NDA_LLADDR));
        Ip remote = attributes.value(NDA_DST).map(Ip::of).orElse(null);
        if (attributes.has(NDA_MASTER)) {
            if (mac.isPresent() && (state & NUD_PERMANENT) == 0) {
                into.add(new ForwardingEntry.OfBridge(mac.get(), link, (state & NUD_NOARP) == 0));
            }
        } else if (remote != null) {
            into.add(
                    mac.isPresent()
                            ? new ForwardingEntry.OfTunnel(mac.get(), link, remote)
                            : new ForwardingEntry.Flood(link, remote));
        }
    }

    /** The unicast routes of the main table, without those that the kernel made for addresses. */
    public List<Route> routes() throws IOException {
        List<Route> found = new ArrayList<>();
        for (int family : new int[] {AF_INET, AF_INET6}) {
            found.addAll(dump(
                    "list routes",
                    () -> new NetlinkWriter(RTM_GETROUTE, 0).route(family, 0, 0, 0, 0, 0),
                    RouteSocket::readRoute));
        }
        return found;
    }

    private static void readRoute(NetlinkMessage message, List<Route> into) {
        var attributes = message.routeAttributes();
        if (message.routeTable() != RT_TABLE_MAIN
                || message.routeType() != RTN_UNICAST
                || message.routeProtocol() == RTPROT_KERNEL) {
            return;
        }
        byte[] any = new byte[message.routeFamily() == AF_INET6 ? 16 : 4];
        into.add(new Route(
                new Cidr(Ip.of(attributes.value(RTA_DST).orElse(any)), message.routePrefix()),
                attributes.value(RTA_GATEWAY).map(Ip::of).orElse(null),
                attributes.number(RTA_OIF, 0)));
    }

    /** Of all links. */
    public List<TokenBucket> tokenBuckets() throws IOException {
        return dump(
                "list queues",
                QueueRequests::list,
                (message, buckets) -> QueueRequests.read(message).ifPresent(buckets::add));
    }

    @FunctionalInterface
    private interface Reader<T> {
        void read(NetlinkMessage message, List<T> into);
    }

    private synchronized <T> List<T> dump(String what, Supplier<NetlinkWriter> request, Reader<T> reader)
            throws IOException {
        for (int i = 1; ; i++) {
            List<T> found = new ArrayList<>();
            Consumer<NetlinkMessage> each = message -> reader.read(message, found);
            NetlinkCalls.Answer answer = calls.dump(request.get(), each);
            if (!answer.interrupted() || i == TRIES) {
                if (!answer.interrupted()) {
                    answer.requireDone(what);
                }
                return found;
            }
        }
    }

    @Override
    public synchronized void close() {
        calls.close();
    }
}
