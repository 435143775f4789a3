package dev.yado.vmmd.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.yado.protocol.Disruption;
import dev.yado.protocol.Disruption.Kind;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.vmmd.qmp.QmpEvent;
import dev.yado.vmmd.store.DisruptionStore;
import dev.yado.vmmd.store.StateDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InterruptionsTest {
    private static final Instant T = Instant.parse("2026-05-01T10:00:00Z");
    private static final Departure DEPARTURE = new Departure(
            MigrationId.random(),
            HostId.random(),
            "https://there",
            new ArrivalAnswer.Endpoint("127.0.0.1", 1, null, "there"),
            "",
            null,
            List.of(),
            MigrationGoal.DEFAULT);

    @TempDir
    Path root;

    private final VmId vm = VmId.random();
    private DisruptionStore store;
    private Interruptions guest;

    @BeforeEach
    void aGuestRuns() throws IOException {
        try (StateDirectory state = StateDirectory.open(root)) {
            store = new DisruptionStore(state, () -> {});
        }
        guest = new Interruptions(vm, store, Clock.fixed(T.plusSeconds(60), ZoneOffset.UTC));
    }

    @Test
    void aFreezeEndsWithTheBootOfTheGuestAndWithItsProcess() {
        store.begin(vm, Kind.FREEZE, T, "backup");
        guest.event(new QmpEvent.Reset(true));
        assertThat(store.untold(10)).extracting(Disruption::ms).containsExactly(60_000.0);
        store.begin(vm, Kind.FREEZE, T.plusSeconds(1), "backup");
        guest.ended(false);
        assertThat(store.untold(10)).extracting(Disruption::ms).containsExactly(60_000.0, 59_000.0);
        assertThat(store.open(vm, Kind.FREEZE)).isEmpty();
    }

    @Test
    void aFullDiskHoldsItUntilItIsResumed() {
        guest.event(new QmpEvent.BlockError("disk0", "write", true, true, "No space left", T));
        guest.event(new QmpEvent.Stopped(T.plusMillis(1)));
        guest.event(new QmpEvent.BlockError("disk0", "write", true, true, "No space left", T.plusMillis(2)));
        assertThat(store.untold(9)).isEmpty();
        guest.event(new QmpEvent.Resumed(T.plusMillis(2500)));
        assertTold(tuple(Kind.DISK_FULL, T, 2500.0));
    }

    @Test
    void anErrorThatHoldsNobodyAndAPauseThatWasAskedForAreNone() {
        guest.event(new QmpEvent.BlockError("disk0", "write", false, true, "No space left", T));
        guest.event(new QmpEvent.Stopped(T));
        guest.event(new QmpEvent.Resumed(T.plusSeconds(9)));
        assertThat(store.untold(9)).isEmpty();
    }

    @Test
    void aGuestThatEndsWhileADiskHoldsItWasHeldUntilThen() {
        guest.event(new QmpEvent.BlockError("disk0", "read", true, false, "Input/output error", T));
        guest.event(new QmpEvent.Stopped(T));
        guest.ended(false);
        assertTold(tuple(Kind.DISK_ERROR, T, 60_000.0));
    }

    @Test
    void aHoldThatTheHostTakesBackIsOne() {
        guest.event(new QmpEvent.Stopped(T));
        guest.heldUnasked();
        guest.event(new QmpEvent.Resumed(T.plusMillis(40)));
        assertTold(tuple(Kind.UNASKED_PAUSE, T, 40.0));
    }

    @Test
    void theBlackoutIsAsLongAsTheMoveSaysAndNoLongerBecauseItIsHeldHere() {
        guest.event(new QmpEvent.Stopped(T));
        guest.heldFor(DEPARTURE);
        store.begin(vm, Kind.MIGRATION_THROTTLE, T.minusSeconds(5), "throttled");
        guest.departed(answer(Phase.HANDED_OVER, new DepartureAnswer.Result(900, 12.5, 8, 3, 1, 4_100)), false);
        guest.ended(true);
        assertTold(tuple(Kind.MIGRATION_THROTTLE, T.minusSeconds(5), 4_100.0), tuple(Kind.MIGRATION_BLACKOUT, T, 12.5));
    }

    @Test
    void aMoveThatIsBrokenOffAtTheSwitchOverHeldItUntilItRanAgain() {
        guest.event(new QmpEvent.Stopped(T));
        guest.heldFor(DEPARTURE);
        guest.departed(answer(Phase.STAYED, null), false);
        guest.event(new QmpEvent.Resumed(T.plusMillis(3_000)));
        assertTold(tuple(Kind.MIGRATION_BLACKOUT, T, 3_000.0));
    }

    @Test
    void aGuestThatIsGoneBeforeItIsKnownWhereItRunsIsStillInItsBlackout() {
        guest.event(new QmpEvent.Stopped(T));
        guest.heldFor(DEPARTURE);
        guest.ended(true);
        assertThat(store.untold(9)).isEmpty();
        assertThat(guest.heldForMoveSince()).isEqualTo(T);
        guest.departed(answer(Phase.STAYED, null), false);
        guest.ended(false);
        assertTold(tuple(Kind.MIGRATION_BLACKOUT, T, 60_000.0));
    }

    @Test
    void aBlackoutOfUnknownLengthIsNotTold() {
        guest.event(new QmpEvent.Stopped(T));
        guest.heldFor(DEPARTURE);
        guest.departed(answer(Phase.HANDED_OVER, new DepartureAnswer.Result(900, 0, 8, 3, 1, 0)), false);
        assertThat(store.untold(9)).isEmpty();
        assertThat(store.open(vm, Kind.MIGRATION_BLACKOUT)).isEmpty();
    }

    @Test
    void aFullDiskWhileItMovesIsNoBlackout() {
        guest.event(new QmpEvent.BlockError("disk0", "write", true, true, "No space left", T));
        guest.event(new QmpEvent.Stopped(T));
        guest.heldFor(DEPARTURE);
        guest.event(new QmpEvent.Resumed(T.plusMillis(5)));
        assertTold(tuple(Kind.DISK_FULL, T, 5.0));
    }

    private void assertTold(org.assertj.core.groups.Tuple... expected) {
        assertThat(store.untold(9))
                .extracting(Disruption::kind, Disruption::at, Disruption::ms)
                .containsExactly(expected);
    }

    private static DepartureAnswer answer(Phase phase, DepartureAnswer.@Nullable Result result) {
        return new DepartureAnswer(DEPARTURE.id(), phase, null, List.of(), result, null);
    }
}
