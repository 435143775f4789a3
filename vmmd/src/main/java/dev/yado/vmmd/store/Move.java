package dev.yado.vmmd.store;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.MigrationId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A move of a VM that is not over here, as it survives the daemon. How it ended is kept by {@link MoveStore}.
 *
 * <pre>
 * source:       none -> Departing -> none                 (STAYED)
 *                             \----> Departing, gone      (HANDED_OVER; goes with the VM's directory)
 * destination:  none -> Arriving -> none                  (ARRIVED)
 *                            \----> the VM is removed     (ABORTED)
 * </pre>
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "move")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Move.Arriving.class, name = "arriving"),
    @JsonSubTypes.Type(value = Move.Departing.class, name = "departing")
})
public sealed interface Move {
    MigrationId id();

    /**
     * It comes from another host. Nothing but {@code go} lets it run.
     *
     * @param endpoint where its QEMU waits for it; null before
     * @param letRun written before the guest is let run: a process that is gone since may have executed something
     */
    record Arriving(Arrival arrival, ArrivalAnswer.@Nullable Endpoint endpoint, boolean letRun) implements Move {
        @Override
        public MigrationId id() {
            return arrival.id();
        }

        public Arriving waitingAt(ArrivalAnswer.Endpoint where) {
            return new Arriving(arrival, where, letRun);
        }

        public Arriving withLetRun(boolean now) {
            return new Arriving(arrival, endpoint, now);
        }
    }

    /**
     * It goes to another host. Written before the first byte goes.
     *
     * @param generation of the spec that it was begun under
     * @param runEpoch of the run that goes: a spec with a newer one says that the VM stays
     * @param gone the destination has said ARRIVED: it is never let run here again
     * @param goSaid of a VM that does not run: all its disks are there, and go may have been said. Null in a record of before
     */
    record Departing(
            Departure departure,
            long generation,
            long runEpoch,
            Instant since,
            boolean gone,
            @Nullable Boolean goSaid) implements Move {
        @Override
        public MigrationId id() {
            return departure.id();
        }

        public Departing sayingGo() {
            return new Departing(departure, generation, runEpoch, since, gone, true);
        }

        public boolean mayHaveSaidGo() {
            return Boolean.TRUE.equals(goSaid);
        }

        public Departing asGone() {
            return new Departing(departure, generation, runEpoch, since, true, goSaid);
        }
    }
}
