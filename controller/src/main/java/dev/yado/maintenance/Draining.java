package dev.yado.maintenance;

import dev.yado.protocol.DesiredState;
import dev.yado.protocol.HostId;
import dev.yado.scheduler.Decision;
import dev.yado.scheduler.Evacuation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Carries guests away from a host, turn by turn: each turn is one transaction that sees what has become of those under way and begins
 * what may begin now. All that it knows is in rows, so any replica may take the next turn.
 */
@Service
public class Draining {
    /** What is under way at the deadline is broken off, and is given so long to say how it ended. */
    private static final Duration GRACE = Duration.ofMinutes(10);

    private static final int MOST_NAMES = 10;

    private final MaintenanceRows rows;
    private final Departing departing;
    private final Bandwidth bandwidth;
    private final GuestMoves guestMoves;
    private final MaintenanceSettings settings;

    Draining(
            MaintenanceRows rows,
            Departing departing,
            Bandwidth bandwidth,
            GuestMoves guestMoves,
            MaintenanceSettings settings) {
        this.rows = rows;
        this.departing = departing;
        this.bandwidth = bandwidth;
        this.guestMoves = guestMoves;
        this.settings = settings;
    }

    public sealed interface Progress {
        record UnderWay(String detail) implements Progress {}

        record Drained(String detail) implements Progress {}

        /** The deadline has passed, and somebody is still there that should have gone. */
        record Incomplete(String detail) implements Progress {}

        /** The host is in service again. */
        record CalledOff() implements Progress {}
    }

    /** One turn, in the caller's transaction. */
    public Progress turn(HostId host) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("a turn is one transaction");
        }
        Optional<Maintenance> found = rows.lock(host);
        if (found.isEmpty()) {
            return new Progress.CalledOff();
        }
        Maintenance maintenance = found.get();
        rows.notice(host);
        rows.guests(host).forEach(guest -> guestMoves.see(maintenance, guest));
        boolean overdue = !maintenance.left().isPositive();
        if (overdue) {
            rows.guests(host).stream()
                    .filter(guest -> guest.state() == Guest.State.MOVING)
                    .forEach(guestMoves::breakOff);
        } else {
            begin(maintenance);
        }
        return conclude(maintenance, rows.guests(host), overdue);
    }

    private void begin(Maintenance maintenance) {
        HostId host = maintenance.host();
        List<Guest> guests = rows.guests(host);
        guests.stream()
                .filter(guest -> guest.state() == Guest.State.WAITING || guest.state() == Guest.State.BLOCKED)
                .filter(guest -> guest.decision() != null)
                .forEach(guest -> guestMoves.asDecided(maintenance, guest));
        List<Guest> waiting = rows.guests(host).stream()
                .filter(guest -> guest.state() == Guest.State.WAITING
                        || guest.state() == Guest.State.BLOCKED && guest.attempts() < settings.attempts())
                .filter(Guest::due)
                .toList();
        if (!waiting.isEmpty()) {
            place(maintenance, waiting, underWay(guests));
        }
    }

    private static int underWay(List<Guest> guests) {
        return (int) guests.stream()
                .filter(guest -> guest.state() == Guest.State.MOVING)
                .count();
    }

    /** All that wait are given a place, in their order, so that none takes the room of one before it; as many begin as may. */
    private void place(Maintenance maintenance, List<Guest> waiting, int begunBefore) {
        HostId host = maintenance.host();
        List<Long> present = bandwidth.present(host);
        long alone = bandwidth.of(host).bytesPerSecond();
        int begun = begunBefore;
        if (!Link.hasRoom(begun, present, alone, settings.movesOut())) {
            return;
        }
        Departing.Search search = departing.from(host);
        for (Guest guest : waiting) {
            if (guest.desired() == DesiredState.STOPPED && !maintenance.moveStopped()) {
                rows.set(host, guest.vm(), Guest.State.LEFT, "it does not run, and those are left");
                continue;
            }
            switch (find(search, guest)) {
                case null -> rows.set(host, guest.vm(), Guest.State.GONE, null);
                case Decision.NoHost none -> guestMoves.blocked(maintenance, guest, WhyNot.of(none));
                case Decision.Placed placed -> {
                    rows.goesTo(host, guest.vm(), placed.host());
                    boolean may = Link.hasRoom(begun, present, alone, settings.movesOut())
                            && rows.movingTo(placed.host()) < settings.movesIn();
                    if (may && guestMoves.begin(maintenance, guest, placed.host())) {
                        begun++;
                    }
                }
            }
        }
    }

    /** Where a move has failed it is tried again only when there is no other host. Null: the VM is gone. */
    private static @Nullable Decision find(Departing.Search search, Guest guest) {
        Evacuation.Guest elsewhere = search.guest(guest.vm(), guest.avoided()).orElse(null);
        if (elsewhere == null) {
            return null;
        }
        Decision decision = search.evacuation().place(elsewhere);
        return decision instanceof Decision.NoHost && !guest.avoided().isEmpty()
                ? search.evacuation().place(new Evacuation.Guest(guest.vm(), elsewhere.request(), Set.of()))
                : decision;
    }

    private Progress conclude(Maintenance maintenance, List<Guest> guests, boolean overdue) {
        List<Guest> open =
                guests.stream().filter(guest -> !guest.state().settled()).toList();
        int claims = rows.claims(maintenance.host());
        if (open.isEmpty() && claims == 0) {
            rows.end(maintenance.host(), Maintenance.State.DRAINED);
            return new Progress.Drained(count(guests));
        }
        boolean underWay =
                claims > 0 || open.stream().anyMatch(guest -> guest.state().underWay());
        boolean waitsForThem = underWay && maintenance.left().plus(GRACE).isPositive();
        if (overdue && !waitsForThem) {
            rows.end(maintenance.host(), Maintenance.State.INCOMPLETE);
            return new Progress.Incomplete("the deadline has passed; still there: " + names(open));
        }
        String rest = open.isEmpty() ? "moves that have not let go of the host yet: " + claims : names(open);
        return new Progress.UnderWay(count(guests) + "; " + rest);
    }

    private static String count(List<Guest> guests) {
        var counts = guests.stream().collect(Collectors.groupingBy(Guest::state, TreeMap::new, Collectors.counting()));
        return counts.isEmpty()
                ? "no guests"
                : counts.entrySet().stream()
                        .map(each -> each.getValue() + " " + each.getKey())
                        .collect(Collectors.joining(", "));
    }

    /** Those that somebody has to decide about come first. */
    private static String names(List<Guest> open) {
        String names = open.stream()
                .sorted((one, other) ->
                        Boolean.compare(other.state() == Guest.State.BLOCKED, one.state() == Guest.State.BLOCKED))
                .limit(MOST_NAMES)
                .map(Draining::named)
                .collect(Collectors.joining(", "));
        return open.size() > MOST_NAMES ? names + " and " + (open.size() - MOST_NAMES) + " more" : names;
    }

    /** How far a move is, is told of its guest: here it would be another sentence, and an event, every second. */
    private static String named(Guest guest) {
        String reason = guest.state().underWay() ? null : guest.reason();
        return guest.name() + " " + guest.state() + (reason == null ? "" : " (" + reason + ")");
    }
}
