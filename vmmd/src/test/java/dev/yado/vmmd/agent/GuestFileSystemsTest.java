package dev.yado.vmmd.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.Disruption;
import dev.yado.protocol.Disruption.Kind;
import dev.yado.protocol.VmId;
import dev.yado.vmmd.agent.GuestFileSystems.Still;
import dev.yado.vmmd.store.DisruptionStore;
import dev.yado.vmmd.store.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestFileSystemsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(50);

    @TempDir
    Path directory = Path.of("");

    private final VmId vm = VmId.random();
    private final AtomicBoolean alive = new AtomicBoolean(true);
    private TestingAgent guest;
    private DisruptionStore ledger;
    private GuestFileSystems fileSystems;

    @BeforeEach
    void aGuestRuns() throws IOException {
        guest = new TestingAgent(directory.resolve("agent"));
        ledger = ledger();
        fileSystems = of(ledger);
    }

    @AfterEach
    void end() throws IOException {
        alive.set(false);
        guest.close();
    }

    @Test
    void theyAreStillUntilTheEndAndTheLedgerHasIt() throws Exception {
        Still still = makeStill(PATIENCE);
        assertThat(guest.still).isTrue();

        Stillness how = still.end();

        assertThat(how.whyNot()).isNull();
        assertThat(how.millis()).isPositive();
        assertThat(guest.still).isFalse();
        assertThat(ledger.untold(10)).singleElement().satisfies(told -> {
            assertThat(told.kind()).isEqualTo(Kind.FREEZE);
            assertThat(told.detail()).isEqualTo("Backup.");
        });
        assertThat(makeStill(PATIENCE).end().whyNot()).isNull();
    }

    @Test
    void theConnectionStaysFromTheMomentThatTheGuestOpensTheChannel() throws Exception {
        fileSystems.opened();
        await().atMost(PATIENCE).until(() -> guest.connections.get() == 1);
        await().atMost(PATIENCE).until(() -> makeStill(PATIENCE).end().whyNot() == null);
        fileSystems.opened();
        await().atMost(PATIENCE).until(() -> makeStill(PATIENCE).end().whyNot() == null);
        assertThat(guest.connections).hasValue(1);

        guest.hangUp();

        await().atMost(PATIENCE).until(() -> makeStill(PATIENCE).end().whyNot() == null);
        assertThat(guest.connections).hasValue(2);
    }

    @Test
    void itIsWrittenDownBeforeTheGuestIsAsked() throws Exception {
        List<Boolean> written = new CopyOnWriteArrayList<>();
        guest.answers = name -> {
            if (name.equals("guest-fsfreeze-freeze")) {
                written.add(ledger().open(vm, Kind.FREEZE).isPresent());
            }
            return null;
        };
        makeStill(PATIENCE).end();
        assertThat(written).containsExactly(true);
    }

    @Test
    void aGuestIsNotAskedWhenItCannotBeWrittenDown() throws Exception {
        Files.delete(directory.resolve("state/disruptions"));
        assertThat(makeStill(PATIENCE).end().whyNot()).contains("could not write down");
        assertThat(guest.asked).doesNotContain("guest-fsfreeze-freeze");
    }

    @Test
    void aGuestWithoutAgentIsNotWaitedFor() throws Exception {
        Still still = fileSystems.makeStill(() -> Optional.of(false), PATIENCE, "Backup.");
        assertThat(still.end().whyNot()).startsWith("No agent runs in the guest");
        assertThat(guest.asked).isEmpty();
    }

    @Test
    void aProcessOfBeforeHasNoChannel() throws Exception {
        Still still = fileSystems.makeStill(Optional::empty, PATIENCE, "Backup.");
        assertThat(still.end().whyNot()).contains("no channel to a guest agent yet");
    }

    @Test
    void nobodyIsAskedWithoutATime() throws Exception {
        assertThat(makeStill(Duration.ZERO).end().whyNot()).contains("without a time");
        assertThat(guest.asked).isEmpty();
    }

    @Test
    void anAgentThatDoesNotAnswerAtAllIsNotAskedToMakeThemStill() throws Exception {
        guest.hold();
        assertThat(makeStill(SHORT).end().whyNot()).contains("did not answer");
        assertThat(ledger.open(vm, Kind.FREEZE)).isEmpty();
        guest.goOn();
        assertThat(makeStill(PATIENCE).end().whyNot()).isNull();
    }

    @Test
    void aRefusalIsSaidInTheAgentsWords() throws Exception {
        guest.answers = name -> name.contains("freeze-freeze") ? TestingAgent.refused("hook failed: 3") : null;
        assertThat(makeStill(PATIENCE).end().whyNot())
                .isEqualTo("The guest's agent refused guest-fsfreeze-freeze: hook failed: 3");
        assertThat(ledger.open(vm, Kind.FREEZE)).isEmpty();
        assertThat(ledger.untold(10)).isEmpty();
    }

    @Test
    void theyThatBecomeStillTooLateAreThawed() throws Exception {
        guest.answers = name -> {
            if (name.equals("guest-ping")) {
                guest.hold();
            }
            return null;
        };
        Still late = makeStill(Duration.ofSeconds(2));
        assertThat(late.end().whyNot())
                .endsWith("did not answer guest-fsfreeze-freeze in time. It had 2000 ms for all of it.");
        assertThat(makeStill(PATIENCE).end().whyNot()).contains("has not answered yet");
        assertThat(ledger.open(vm, Kind.FREEZE)).isPresent();

        guest.goOn();

        await().atMost(PATIENCE).until(() -> ledger.open(vm, Kind.FREEZE).isEmpty());
        assertThat(guest.asked).containsSubsequence("guest-fsfreeze-freeze", "guest-fsfreeze-thaw");
        assertThat(guest.still).isFalse();
        assertThat(ledger.untold(10))
                .singleElement()
                .extracting(Disruption::detail)
                .asString()
                .contains("at most so long");
    }

    @Test
    void aConnectionThatBreaksDoesNotLeaveThemStill() throws Exception {
        Still still = makeStill(PATIENCE);
        guest.hangUp();
        assertThat(still.end().whyNot()).isNull();
        assertThat(guest.still).isFalse();
    }

    @Test
    void aThawThatIsRefusedIsAskedForAgain() throws Exception {
        AtomicBoolean once = new AtomicBoolean();
        guest.answers = name ->
                name.contains("thaw") && once.compareAndSet(false, true) ? TestingAgent.refused("not now") : null;
        assertThat(makeStill(PATIENCE).end().whyNot()).isNull();
        assertThat(guest.still).isFalse();
    }

    @Test
    void theyThatTheGuestHasThawedByItselfWereNotStillToTheEnd() throws Exception {
        guest.answers = name -> {
            if (name.contains("thaw")) {
                guest.still = false;
                return TestingAgent.refused("fsfreeze is limited up to 10 seconds");
            }
            return null;
        };
        assertThat(makeStill(PATIENCE).end().whyNot()).endsWith("fsfreeze is limited up to 10 seconds");
        guest.answers = _ -> null;
        Still still = makeStill(PATIENCE);
        guest.still = false;
        assertThat(still.end().whyNot()).contains("by somebody else");
    }

    @Test
    void aGuestWithNothingToMakeStillIsSaidToHaveNone() throws Exception {
        guest.fileSystems = 0;
        assertThat(makeStill(PATIENCE).end().whyNot()).contains("found no file system");
        assertThat(ledger.untold(10)).isEmpty();
    }

    @Test
    void theNextDaemonThaws() throws Exception {
        Still abandoned = makeStill(PATIENCE);
        assertThat(abandoned).isNotNull();
        guest.hangUp();
        DisruptionStore next = ledger();

        of(next).recover();

        await().atMost(PATIENCE).until(() -> next.open(vm, Kind.FREEZE).isEmpty());
        assertThat(guest.still).isFalse();
        assertThat(next.untold(10)).extracting(Disruption::kind).containsExactly(Kind.FREEZE);
    }

    @Test
    void nobodyIsAskedToThawWhatWasNeverStill() {
        fileSystems.recover();
        assertThat(guest.asked).isEmpty();
    }

    @Test
    void aProcessThatIsGoneHasNothingToThaw() throws Exception {
        Still still = makeStill(PATIENCE);
        alive.set(false);
        assertThat(still.end().whyNot()).contains("process is gone");
    }

    private Still makeStill(Duration within) throws InterruptedException {
        return fileSystems.makeStill(() -> Optional.of(true), within, "Backup.");
    }

    private GuestFileSystems of(DisruptionStore store) {
        GuestFileSystems.Channel channel = new GuestFileSystems.Channel() {
            @Override
            public Path socket() {
                return directory.resolve("agent");
            }

            @Override
            public boolean alive() {
                return alive.get();
            }
        };
        return new GuestFileSystems(vm, channel, store, Clock.systemUTC());
    }

    private DisruptionStore ledger() throws IOException {
        try (StateDirectory state = StateDirectory.open(directory.resolve("state"))) {
            return new DisruptionStore(state, () -> {});
        }
    }
}
