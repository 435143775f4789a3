package dev.yado.maintenance;

import dev.yado.host.Hosts;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.scheduler.Decision;
import dev.yado.scheduler.Evacuation;
import dev.yado.vm.Moves;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Says what a drain would do. Takes nothing and asks no host. */
@Component
class DrainPlans {
    /** To make ready at the destination, and to let go at the source. */
    private static final Duration AROUND_EACH = Duration.ofSeconds(1);

    private final JdbcTemplate jdbc;
    private final Departing departing;
    private final Moves moves;
    private final Hosts hosts;
    private final Bandwidth bandwidth;

    DrainPlans(JdbcTemplate jdbc, Departing departing, Moves moves, Hosts hosts, Bandwidth bandwidth) {
        this.jdbc = jdbc;
        this.departing = departing;
        this.moves = moves;
        this.hosts = hosts;
        this.bandwidth = bandwidth;
    }

    private record There(VmId vm, String name, DesiredState desired, long memoryMib, long diskMib) {}

    /** @throws YadoException {@code NOT_FOUND} when there is no such host */
    DrainPlan of(HostId host, Drain drain) {
        String name = hosts.address(host).name();
        Departing.Search search = departing.from(host);
        Bandwidth.Expected expected = bandwidth.of(host);
        List<DrainPlan.Move> found = new ArrayList<>();
        List<DrainPlan.Blocked> blocked = new ArrayList<>();
        List<DrainPlan.Kept> kept = new ArrayList<>();
        Duration after = Duration.ZERO;
        for (There guest : guests(host)) {
            Optional<Drain.Decision> decided = decided(guest, drain);
            if (decided.isPresent()) {
                kept.add(new DrainPlan.Kept(guest.vm(), guest.name(), decided.get()));
                continue;
            }
            Found place = find(search, guest.vm());
            HostId to = place.to();
            if (to != null) {
                after = after.plus(takes(guest, expected));
                found.add(move(guest, to, after));
            } else {
                blocked(guest, place.whyNot(), drain, blocked, kept);
            }
        }
        return new DrainPlan(host, name, found, blocked, kept, expected, after);
    }

    private static Optional<Drain.Decision> decided(There guest, Drain drain) {
        Drain.Decision decision = drain.decisions().get(guest.vm());
        boolean left = guest.desired() == DesiredState.STOPPED && !drain.moveStopped();
        return Optional.ofNullable(decision).or(() -> left ? Optional.of(Drain.Decision.LEAVE) : Optional.empty());
    }

    private static void blocked(
            There guest, String why, Drain drain, List<DrainPlan.Blocked> blocked, List<DrainPlan.Kept> kept) {
        switch (drain.whenBlocked()) {
            case REFUSE, WAIT -> blocked.add(new DrainPlan.Blocked(guest.vm(), guest.name(), why));
            case STOP -> kept.add(new DrainPlan.Kept(guest.vm(), guest.name(), Drain.Decision.STOP));
            case LEAVE -> kept.add(new DrainPlan.Kept(guest.vm(), guest.name(), Drain.Decision.LEAVE));
        }
    }

    private record Found(@Nullable HostId to, String whyNot) {}

    private Found find(Departing.Search search, VmId vm) {
        Moves.Prospect alone = moves.prospect(vm, null);
        if (!alone.blockers().isEmpty()) {
            List<String> said = alone.blockers().stream()
                    .map(YadoException::getMessage)
                    .map(String::valueOf)
                    .toList();
            return new Found(null, WhyNot.of(said, alone.verdicts()));
        }
        Optional<Evacuation.Guest> guest = search.guest(vm, Set.of());
        if (guest.isEmpty()) {
            return new Found(null, "it is gone");
        }
        return switch (search.evacuation().place(guest.get())) {
            case Decision.Placed placed -> new Found(placed.host(), "");
            case Decision.NoHost none -> new Found(null, "not beside those that go before it: " + WhyNot.of(none));
        };
    }

    private DrainPlan.Move move(There guest, HostId to, Duration after) {
        return new DrainPlan.Move(
                guest.vm(),
                guest.name(),
                guest.desired() != DesiredState.STOPPED,
                guest.memoryMib(),
                guest.diskMib(),
                to,
                hosts.address(to).name(),
                after);
    }

    /** All of its memory and its own disks once: what is empty of them costs less, what is written meanwhile more. */
    private static Duration takes(There guest, Bandwidth.Expected expected) {
        long memory = guest.desired() == DesiredState.STOPPED ? 0 : guest.memoryMib();
        long bytes = memory + guest.diskMib() << 20;
        return AROUND_EACH.plusMillis(bytes * 1000 / Math.max(1, expected.bytesPerSecond()));
    }

    /** The largest first. */
    private List<There> guests(HostId host) {
        return jdbc.query(
                """
                SELECT v.id, v.name, v.desired_state, v.memory_mib, a.disk_mib FROM allocation a JOIN vm v ON v.id = a.vm_id
                WHERE a.host_id = ? AND v.desired_state <> 'DELETED'
                ORDER BY a.memory_mib DESC, a.vcpus DESC, a.disk_mib DESC, a.vm_id
                """,
                (row, _) -> new There(
                        new VmId(row.getObject("id", UUID.class)),
                        row.getString("name"),
                        DesiredState.valueOf(row.getString("desired_state")),
                        row.getLong("memory_mib"),
                        row.getLong("disk_mib")),
                host.value());
    }
}
