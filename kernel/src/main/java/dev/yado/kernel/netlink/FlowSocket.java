package dev.yado.kernel.netlink;

import static dev.yado.kernel.sys.NetlinkNumbers.*;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.sys.Errno;
import dev.yado.kernel.sys.NetlinkAttributes;
import dev.yado.kernel.sys.NetlinkCalls;
import dev.yado.kernel.sys.NetlinkMessage;
import dev.yado.kernel.sys.NetlinkWriter;
import dev.yado.kernel.sys.SystemCallException;
import dev.yado.protocol.address.Ip;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** The flows that the kernel tracks in one network namespace. */
public final class FlowSocket implements AutoCloseable {
    private static final int SUBSYSTEM = NFNL_SUBSYS_CTNETLINK << 8;
    private static final int TRIES = 20;

    private final NetlinkCalls calls;

    private FlowSocket(NetlinkCalls calls) {
        this.calls = calls;
    }

    public static FlowSocket open(NetworkNamespace namespace) throws IOException {
        return new FlowSocket(namespace.call(NetlinkCalls::openNetfilter));
    }

    /** With the original direction as the kernel wrote it, by which it is known again. */
    private record Entry(TrackedFlow flow, byte[] original) {}

    public List<TrackedFlow> flows() throws IOException {
        return entries().stream().map(Entry::flow).toList();
    }

    /** Forgets those: their next packet begins a flow. @return how many there were */
    public int forget(Predicate<TrackedFlow> which) throws IOException {
        List<NetlinkWriter> requests = entries().stream()
                .filter(entry -> which.test(entry.flow))
                .map(entry -> new NetlinkWriter(SUBSYSTEM | IPCTNL_MSG_CT_DELETE, 0)
                        .netfilter(entry.flow.original().source().v6() ? AF_INET6 : AF_INET)
                        .attribute(CTA_TUPLE_ORIG | NLA_F_NESTED, entry.original))
                .toList();
        for (NetlinkCalls.Answer answer : calls.run(requests)) {
            try {
                answer.requireDone("forget flow");
            } catch (SystemCallException e) {
                if (e.errno() != Errno.ENOENT) {
                    throw e;
                }
            }
        }
        return requests.size();
    }

    private List<Entry> entries() throws IOException {
        for (int i = 1; ; i++) {
            List<Entry> found = new ArrayList<>();
            NetlinkWriter request = new NetlinkWriter(SUBSYSTEM | IPCTNL_MSG_CT_GET, 0).netfilter(AF_UNSPEC);
            NetlinkCalls.Answer answer =
                    calls.dump(request, message -> read(message).ifPresent(found::add));
            if (!answer.interrupted() || i == TRIES) {
                if (!answer.interrupted()) {
                    answer.requireDone("list flows");
                }
                return found;
            }
        }
    }

    private static Optional<Entry> read(NetlinkMessage message) {
        NetlinkAttributes attributes = message.flowAttributes();
        Optional<byte[]> raw = attributes.value(CTA_TUPLE_ORIG);
        Optional<TrackedFlow.Tuple> original = tuple(attributes.nested(CTA_TUPLE_ORIG));
        Optional<TrackedFlow.Tuple> reply = tuple(attributes.nested(CTA_TUPLE_REPLY));
        return raw.isPresent() && original.isPresent() && reply.isPresent()
                ? Optional.of(new Entry(new TrackedFlow(original.get(), reply.get()), raw.get()))
                : Optional.empty();
    }

    private static Optional<TrackedFlow.Tuple> tuple(NetlinkAttributes tuple) {
        NetlinkAttributes ip = tuple.nested(CTA_TUPLE_IP);
        NetlinkAttributes protocol = tuple.nested(CTA_TUPLE_PROTO);
        Optional<Ip> source =
                ip.value(CTA_IP_V4_SRC).or(() -> ip.value(CTA_IP_V6_SRC)).map(Ip::of);
        Optional<Ip> destination =
                ip.value(CTA_IP_V4_DST).or(() -> ip.value(CTA_IP_V6_DST)).map(Ip::of);
        int number = protocol.value(CTA_PROTO_NUM).map(bytes -> bytes[0] & 0xff).orElse(0);
        return source.isPresent() && destination.isPresent()
                ? Optional.of(new TrackedFlow.Tuple(
                        source.get(),
                        destination.get(),
                        number,
                        protocol.bigEndianShort(CTA_PROTO_SRC_PORT, 0),
                        protocol.bigEndianShort(CTA_PROTO_DST_PORT, 0)))
                : Optional.empty();
    }

    @Override
    public void close() {
        calls.close();
    }
}
