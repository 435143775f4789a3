package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.MigrationGoal;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What happens to a Linux guest while its memory is copied, slowly. Whatever it is, the guest goes on as if nothing had been asked. */
@Tag("guest")
class MigrationFaultGuestTest {
    /** A minute or more for this guest. */
    private static final MigrationGoal SLOW = new MigrationGoal(100, 300, false, false, 1);

    private static TestingHost a;
    private static TestingHost b;
    private VmSpec spec;
    private TestingMove move;
    private boolean gone;

    @BeforeAll
    static void startHosts() throws IOException {
        a = TestingHost.start();
        b = a.second();
    }

    @AfterAll
    static void endHosts() throws IOException {
        b.close();
        a.close();
    }

    @BeforeEach
    void boot() throws IOException {
        DirectBoot boot = new DirectBoot(
                a.images().witness("vmlinuz", ImageFormat.RAW),
                a.images().witness("initrd.img", ImageFormat.RAW),
                "console=ttyS0 quiet panic=0 cryptomgr.notests no_timer_check");
        spec = a.spec(new VmShape(1, new Mebibytes(192), AcceleratorChoice.TCG, List.of(), boot));
        a.put(spec);
        a.awaitSerial(spec.id(), 0, "yado-guest: ready");
        move = new TestingMove(a, b, spec);
        ArrivalAnswer ready = move.awaitReady();
        move.depart(ready, SLOW);
        move.awaitCopying();
    }

    @AfterEach
    void end() throws IOException {
        if (!gone) {
            a.delete(TestingHost.stopped(TestingHost.stopped(move.back())));
        }
        assertThat(move.settle().phase()).isEqualTo(ArrivalAnswer.Phase.ABORTED);
        await("nothing is left")
                .until(() ->
                        a.guests(spec.id()).isEmpty() && b.guests(spec.id()).isEmpty());
    }

    @Test
    void cancelIsHeard() throws IOException {
        long pid = a.pid(spec.id());
        assertThat(move.cancel().phase()).isIn(Phase.COPYING, Phase.STAYED);
        assertStayed(Cause.Code.MIGRATION_CANCELLED);
        assertThat(a.pid(spec.id())).isEqualTo(pid);
        goesOn();

        // And it can be moved after all.
        TestingMove again = new TestingMove(a, b, putBack());
        again.depart(again.awaitReady(), MigrationGoal.DEFAULT);
        again.awaitDeparture(Phase.HANDED_OVER);
        await("it goes on there").atMost(TestingHost.PATIENCE).until(() -> beats(b) > 3);
        again.release();
        b.delete(again.spec);
        gone = true;
    }

    @Test
    void destinationsProcessIsKilled() throws IOException {
        TestingHost.kill(b.pid(spec.id()));
        assertStayed(Cause.Code.MIGRATION_FAILED);
        move.awaitArrival(ArrivalAnswer.Phase.ABORTED);
        goesOn();
    }

    @Test
    void deadlinePasses() throws IOException {
        move.depart(move.arrival(), new MigrationGoal(100, 5, false, false, 1));
        DepartureAnswer answer = assertStayed(Cause.Code.MIGRATION_GAVE_UP);
        assertThat(answer.rungs().getLast().kind()).isEqualTo(DepartureAnswer.Rung.Kind.GIVE_UP);
        goesOn();
    }

    @Test
    void sourcesDaemonIsKilled() throws IOException {
        long pid = a.pid(spec.id());
        a.killDaemon();
        a.startDaemon();
        assertStayed(Cause.Code.MIGRATION_FAILED);
        assertThat(a.pid(spec.id())).isEqualTo(pid);
        a.awaitState(spec.id(), ObservedState.RUNNING);
        goesOn();
    }

    @Test
    void guestPowersItselfOff() throws IOException {
        a.type(spec.id(), "poweroff\n");
        a.awaitCause(spec.id(), ObservedState.STOPPED, Cause.Code.GUEST_SHUTDOWN);
        assertStayed(Cause.Code.MIGRATION_CANCELLED);
    }

    @Test
    void guestReboots() throws IOException {
        a.type(spec.id(), "reboot -f\n");
        await("it has booted again")
                .atMost(TestingHost.PATIENCE)
                .until(() -> a.serial(spec.id(), 0).split("yado-guest: ready", -1).length > 2);
        assertThat(move.departure().phase()).isEqualTo(Phase.COPYING);
        move.cancel();
        assertStayed(Cause.Code.MIGRATION_CANCELLED);
    }

    @Test
    void stopOvertakesIt() throws IOException {
        assertThat(a.put(TestingHost.stopped(spec)).state()).isEqualTo(ObservedState.STOPPED);
        assertStayed(Cause.Code.MIGRATION_CANCELLED);
        assertThat(a.guests(spec.id())).isEmpty();
    }

    @Test
    void anotherMigrationIsRefused() throws IOException {
        TestingMove other = new TestingMove(a, b, spec);
        assertThat(other.tryArrival(TestingMove.certificates(a)).statusCode()).isEqualTo(409);
        assertThat(other.tryDeparture(move.arrival(), SLOW).statusCode()).isEqualTo(409);
        assertThat(move.departure().phase()).isEqualTo(Phase.COPYING);
        move.cancel();
        assertStayed(Cause.Code.MIGRATION_CANCELLED);
    }

    @Test
    void streamOfAnybodyElseIsRefused() throws IOException {
        move.cancel();
        assertStayed(Cause.Code.MIGRATION_CANCELLED);
        TestingMove wrong = new TestingMove(a, b, putBack());
        wrong.putArrival(TestingMove.certificates(b));
        wrong.depart(wrong.awaitArrival(ArrivalAnswer.Phase.READY), MigrationGoal.DEFAULT);
        assertThat(wrong.awaitDeparture(Phase.STAYED).cause()).isNotNull();
        goesOn();
        assertThat(wrong.settle().phase()).isEqualTo(ArrivalAnswer.Phase.ABORTED);
    }

    /** As a controller does when a move was aborted. */
    private VmSpec putBack() {
        assertThat(move.settle().phase()).isEqualTo(ArrivalAnswer.Phase.ABORTED);
        a.put(move.back());
        a.awaitState(spec.id(), ObservedState.RUNNING);
        return move.back();
    }

    private DepartureAnswer assertStayed(Cause.Code why) {
        DepartureAnswer answer = move.awaitDeparture(Phase.STAYED);
        assertThat(answer.cause()).extracting(Cause::code).isEqualTo(why);
        return answer;
    }

    private void goesOn() throws IOException {
        int before = beats(a);
        await("the guest goes on").atMost(TestingHost.PATIENCE).until(() -> beats(a) > before + 3);
        assertThat(beats(b)).isZero();
    }

    private int beats(TestingHost host) {
        String[] said = host.serial(spec.id(), 1).split("\n", -1);
        return said.length - 1;
    }
}
