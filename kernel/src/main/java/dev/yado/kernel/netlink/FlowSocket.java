package dev.yado.kernel.netlink;

import static dev.yado.kernel.sys.NetlinkNumbers.*;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.sys.Errno;
import dev.yado.kernel.sys.NetlinkCalls;
import dev.yado.kernel.sys.NetlinkMessage;
import dev.yado.kernel.sys.NetlinkWriter;
import dev.yado.kernel.sys.SystemCallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
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

    /**
     * Has flows known that were tracked elsewhere, also if no packet of them ever came here; a new one has no mark.
     *
     * @return how many the kernel did not take
     */
    public int add(Collection<TrackedFlow> flows) throws IOException {
        List<NetlinkWriter> requests = flows.stream()
                .map(flow -> FlowMessages.write(
                        flow,
                        new NetlinkWriter(SUBSYSTEM | IPCTNL_MSG_CT_NEW, NLM_F_CREATE)
                                .netfilter(flow.original().source().v6() ? AF_INET6 : AF_INET)))
                .toList();
        int failed = 0;
        for (NetlinkCalls.Answer answer : calls.run(requests)) {
            failed += answer.error() == 0 ? 0 : 1;
        }
        return failed;
    }

    /** The kernel looks for the flows of one namespace among those of all: not for none. */
    private boolean none() throws IOException {
        int[] count = {0};
        NetlinkWriter request = new NetlinkWriter(SUBSYSTEM | IPCTNL_MSG_CT_GET_STATS, 0).netfilter(AF_UNSPEC);
        calls.ask(request, message -> count[0] = message.flowAttributes().number(CTA_STATS_GLOBAL_ENTRIES, 0))
                .requireDone("count flows");
        return count[0] == 0;
    }

    private List<Entry> entries() throws IOException {
        if (none()) {
            return List.of();
        }
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
        Optional<byte[]> raw = message.flowAttributes().value(CTA_TUPLE_ORIG);
        return FlowMessages.read(message).flatMap(flow -> raw.map(original -> new Entry(flow, original)));
    }

    @Override
    public void close() {
        calls.close();
    }
}
