package dev.yado.vmmd.vm;

import dev.yado.protocol.Disruption.Kind;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.vmmd.qmp.MigrationStatistics;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpEvent;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.qmp.RunStatus;
import dev.yado.vmmd.store.DisruptionStore;
import java.time.Clock;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a VM's guest is kept from, as QEMU's events and the moves tell it. A hold is begun in the store when it begins, so that it is
 * told whatever becomes of the daemon. Of a move the source tells the blackout, the destination what was waited for after it. Only the
 * loop's thread touches it.
 */
final class Interruptions {
    /** Those that end when the guest runs here again. */
    private static final Set<Kind> HOLDS =
            Set.of(Kind.DISK_FULL, Kind.DISK_ERROR, Kind.UNASKED_PAUSE, Kind.MIGRATION_BLACKOUT);

    private final VmId id;
    private final DisruptionStore store;
    private final Clock clock;
    private @Nullable Instant heldAt;

    Interruptions(VmId id, DisruptionStore store, Clock clock) {
        this.id = id;
        this.store = store;
        this.clock = clock;
    }

    /** To be called with each, in QEMU's order, before anything follows from it. */
    void event(QmpEvent event) {
        switch (event) {
            case QmpEvent.Stopped(Instant at) -> heldAt = at;
            case QmpEvent.Resumed(Instant at) -> {
                HOLDS.forEach(kind -> store.end(id, kind, at));
                heldAt = null;
            }
            case QmpEvent.BlockError error -> {
                if (error.held()) {
                    store.begin(
                            id,
                            error.noSpace() ? Kind.DISK_FULL : Kind.DISK_ERROR,
                            error.at(),
                            "A " + error.operation() + " of disk " + error.node() + " failed: "
                                    + (error.noSpace() ? "the pool had no space left." : error.reason() + "."));
                }
            }
            // A guest that boots anew has nothing of it left.
            case QmpEvent.Reset _ -> store.end(id, Kind.FREEZE, clock.instant());
            case QmpEvent.Shutdown _, QmpEvent.GuestPanicked _ -> {}
            case QmpEvent.Migration _, QmpEvent.AgentPort _, QmpEvent.Other _ -> {}
        }
    }

    /** There is a conversation with its process, perhaps of an earlier daemon. */
    void attached(RunStatus status, QmpSession qemu) {
        Instant now = clock.instant();
        switch (status) {
            case RUNNING -> {
                HOLDS.forEach(kind -> store.end(id, kind, now));
                askForWaits(qemu);
            }
            case IO_ERROR -> {
                heldAt = heldAt == null ? now : heldAt;
                if (store.open(id, Kind.DISK_FULL).isEmpty()) {
                    store.begin(id, Kind.DISK_ERROR, now, "A disk had failed when the daemon came back.");
                }
            }
            case PAUSED,
                    PRELAUNCH,
                    SHUTDOWN,
                    GUEST_PANICKED,
                    INTERNAL_ERROR,
                    INMIGRATE,
                    FINISH_MIGRATE,
                    POSTMIGRATE,
                    OTHER -> heldAt = heldAt == null ? now : heldAt;
        }
    }

    /** It is let go on by the host itself: nobody had asked for it to be held. */
    void heldUnasked() {
        Instant since = heldAt;
        boolean known = HOLDS.stream().anyMatch(kind -> store.open(id, kind).isPresent());
        if (!known) {
            store.begin(
                    id,
                    Kind.UNASKED_PAUSE,
                    since == null ? clock.instant() : since,
                    "It was held without being asked to, and let go on by its host.");
        }
    }

    /** The guest is held for the switch-over of a move from here. */
    void heldFor(Departure departure) {
        Instant since = heldAt;
        boolean failing = store.open(id, Kind.DISK_FULL).isPresent()
                || store.open(id, Kind.DISK_ERROR).isPresent();
        if (since != null && !failing) {
            store.begin(
                    id,
                    Kind.MIGRATION_BLACKOUT,
                    since,
                    "Migration " + departure.id() + " to host " + departure.to() + ".");
        }
    }

    /** Since when it is held for a move; null when it is not, or was held before. */
    @Nullable
    Instant heldForMoveSince() {
        return store.open(id, Kind.MIGRATION_BLACKOUT)
                .map(disruption -> disruption.at())
                .orElse(null);
    }

    /** A move from here has ended. @param pausedHere when it has stayed, it is not to run */
    void departed(DepartureAnswer answer, boolean pausedHere) {
        DepartureAnswer.Result result = answer.result();
        if (result != null && result.throttledMs() > 0) {
            store.end(id, Kind.MIGRATION_THROTTLE, (double) result.throttledMs());
        } else {
            store.end(id, Kind.MIGRATION_THROTTLE, clock.instant());
        }
        if (answer.phase() == Phase.HANDED_OVER) {
            if (result != null && result.blackoutMs() > 0) {
                store.end(id, Kind.MIGRATION_BLACKOUT, result.blackoutMs());
            } else {
                store.drop(id, Kind.MIGRATION_BLACKOUT);
            }
        } else if (pausedHere) {
            store.end(id, Kind.MIGRATION_BLACKOUT, clock.instant());
        }
    }

    /** The guest has been let run here before all its memory had come. */
    void memoryFollows(String from) {
        store.begin(id, Kind.POST_COPY_WAIT, clock.instant(), "Memory that had not followed yet from " + from + ".");
    }

    /** All of it has come, or the conversation is a new one: QEMU has counted how long the guest waited. */
    void askForWaits(QmpSession qemu) {
        if (store.open(id, Kind.POST_COPY_WAIT).isPresent()) {
            qemu.send(new QmpCommand.QueryMigrate()).thenAccept(this::waited);
        }
    }

    private void waited(MigrationStatistics all) {
        MigrationStatistics.PostCopyWait wait = all.postCopyWait();
        if (!all.status().over()) {
            return;
        }
        if (wait == null) {
            store.drop(id, Kind.POST_COPY_WAIT);
        } else {
            List<Long> each = wait.ms();
            store.end(id, Kind.POST_COPY_WAIT, (double) (each.isEmpty() ? wait.allMs() : Collections.max(each)));
        }
    }

    /** Its process is gone. @param goes whether it may run elsewhere is still to be decided, or is known */
    void ended(boolean goes) {
        Instant now = clock.instant();
        store.end(id, Kind.DISK_FULL, now);
        store.end(id, Kind.DISK_ERROR, now);
        store.end(id, Kind.UNASKED_PAUSE, now);
        store.end(id, Kind.FREEZE, now);
        store.drop(id, Kind.POST_COPY_WAIT);
        if (!goes) {
            store.end(id, Kind.MIGRATION_BLACKOUT, now);
        }
        heldAt = null;
    }
}
