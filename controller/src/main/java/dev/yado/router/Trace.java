package dev.yado.router;

import dev.yado.protocol.HostId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.PacketTrace.Verdict;
import dev.yado.protocol.network.SecurityRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The way of a packet, in order, as it is found out. */
final class Trace {
    /** Why a packet goes no further. */
    enum Stop {
        RULE_MISSING,
        ROUTE_MISSING,
        NO_GATEWAY,
        NO_SUCH_ADDRESS,
        NOT_RUNNING,
        HOST_NOT_IN_SYNC,
        HOST_UNREACHABLE,
        KERNEL_DIFFERS
    }

    /**
     * @param host whose kernel was asked; null: decided by rows alone
     * @param real null where no kernel was asked
     * @param stop null: it goes on from here
     */
    record Hop(
            String place,
            @Nullable HostId host,
            Verdict wanted,
            @Nullable Verdict real,
            @Nullable Stop stop,
            String detail) {}

    final Ip from;
    final Ip to;
    final SecurityRule.Protocol protocol;
    final @Nullable Integer port;
    private final List<Hop> hops = new ArrayList<>();

    Trace(Ip from, Ip to, SecurityRule.Protocol protocol, @Nullable Integer port) {
        this.from = from;
        this.to = to;
        this.protocol = protocol;
        this.port = port;
    }

    void pass(String place, String detail) {
        hops.add(new Hop(place, null, Verdict.PASS, null, null, detail));
    }

    void stop(String place, Stop stop, String detail) {
        hops.add(new Hop(place, null, Verdict.DROP, null, stop, detail));
    }

    void add(Hop hop) {
        hops.add(hop);
    }

    List<Hop> hops() {
        return List.copyOf(hops);
    }

    Optional<Hop> stop() {
        return hops.stream().filter(hop -> hop.stop() != null).findFirst();
    }

    String summary() {
        return stop().map(hop -> "stopped at " + hop.place() + ": " + hop.detail())
                .orElse("it passes");
    }
}
