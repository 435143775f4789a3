package dev.yado.simulator;

import dev.yado.protocol.Cause;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.VmId;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a daemon has in mind to do, done on threads of its own; it dies with the daemon. Used under the host's lock. */
final class Background {
    private final Work work;
    private final Arrivals arrivals;
    private final Departures departures;
    private final Takings takings;
    private final Snapshots snapshots;
    private final Reports reports;
    private final Daemon daemon;
    private final Set<Guest> unfinished = new LinkedHashSet<>();
    private boolean held;
    private @Nullable Cause startFailure;

    Background(
            Work work,
            Arrivals arrivals,
            Departures departures,
            Takings takings,
            Snapshots snapshots,
            Reports reports,
            Daemon daemon) {
        this.snapshots = snapshots;
        this.takings = takings;
        this.work = work;
        this.arrivals = arrivals;
        this.departures = departures;
        this.reports = reports;
        this.daemon = daemon;
    }

    void begin(Guest guest) {
        unfinished.add(guest);
        begin();
    }

    void begin() {
        long mine = daemon.life();
        Thread.startVirtualThread(() -> {
            List<VmId> leaving;
            try {
                leaving = workAll(mine);
            } catch (HostUnreachable died) {
                return;
            }
            reports.send(false);
            leaving.forEach(vm -> speak(vm, mine));
        });
    }

    void hold(boolean hold) {
        held = hold;
        if (!hold) {
            begin();
        }
    }

    void failStarts(@Nullable Cause cause) {
        startFailure = cause;
    }

    void forgetAll() {
        unfinished.clear();
    }

    /** To be gone on with, by {@link #begin}. */
    void takeUp(Iterable<Guest> guests) {
        guests.forEach(unfinished::add);
    }

    /** In the call itself. */
    void finishAtOnce(Guest guest) {
        if (!held) {
            finish(guest);
            daemon.passed(SimulatedHost.Moment.WORK_DONE);
        }
    }

    private boolean finish(Guest guest) {
        return work.finish(guest, startFailure == null ? makeDisks(guest) : startFailure);
    }

    private @Nullable Cause makeDisks(Guest guest) {
        Cause missing = snapshots.missing(guest);
        return missing == null ? takings.makeDisks(guest) : missing;
    }

    private void speak(VmId vm, long mine) {
        try {
            departures.speak(vm, mine);
        } catch (HostUnreachable died) {
            return;
        }
        reports.send(false);
    }

    private List<VmId> workAll(long mine) {
        synchronized (daemon.lock()) {
            if (held || !daemon.isUp() || mine != daemon.life()) {
                return List.of();
            }
            boolean worked = false;
            List<Guest> due = List.copyOf(unfinished);
            unfinished.clear();
            for (Guest guest : due) {
                if (finish(guest)) {
                    daemon.changed(guest.report.id());
                    worked = true;
                }
            }
            worked |= arrivals.work();
            worked |= takings.work();
            worked |= snapshots.work();
            List<VmId> leaving = departures.work();
            if (worked) {
                daemon.passed(SimulatedHost.Moment.WORK_DONE);
            }
            return leaving;
        }
    }
}
