package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.MigrationGoal;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a host says that a move would be like, and what it is like then. */
@Tag("guest")
class ForecastGuestTest {
    /** A link that is too slow for the hot guest. */
    private static final int NARROW = 8;

    private static TestingHost a;
    private static TestingHost b;

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

    @Test
    void aQuietGuestIsCopiedAsForeseenAndTheNextForecastKnowsHowFast() throws IOException {
        VmSpec spec = guest(384);
        // A guest that has just come up still writes a lot; one that does nothing writes some 0.4 MiB/s.
        Forecast before = await("the guest to be quiet")
                .atMost(TestingHost.PATIENCE)
                .until(() -> forecast(spec, MigrationGoal.DEFAULT), seen -> seen.dirtyBytesPerSecond() < 4L << 20);

        TestingMove move = new TestingMove(a, b, spec);
        DepartureAnswer answer = move.carryOut();

        DepartureAnswer.Result result = Objects.requireNonNull(answer.result());
        System.out.println("forecast of a quiet guest: " + before + "\n  came: " + result);
        assertThat(before.memoryBytes()).isGreaterThan(20L << 20);
        assertThat(before.memoryBytes()).isCloseTo(result.copiedBytes(), Percentage.withPercentage(25));
        assertThat(before.rungs()).containsExactly(Rung.Kind.BANDWIDTH);
        assertThat(before.chance()).isEqualTo(1);
        assertThat(before.explanation()).contains("No move of this host has shown");
        VmSpec another = guest(384);
        assertThat(forecast(another, MigrationGoal.DEFAULT).explanation()).doesNotContain("No move");
        a.delete(another);
        b.delete(move.spec);
    }

    @Test
    void aGuestThatWritesFasterThanTheLinkStaysAsForeseenWhereNothingIsAllowed() throws IOException {
        VmSpec spec = guest(512);
        a.type(spec.id(), "dirty 192 60000 &\n");
        a.awaitSerial(spec.id(), 0, "dirty: 2 pages=");
        MigrationGoal strict = new MigrationGoal(100, 12, false, false, NARROW);
        Forecast before = forecast(spec, strict);

        TestingMove move = new TestingMove(a, b, spec);
        move.depart(move.awaitReady(), strict);
        DepartureAnswer answer = move.awaitDeparture(Phase.STAYED);

        System.out.println("forecast of a hot guest: " + before + "\n  came: " + answer.rungs());
        assertThat(before.bytesPerSecond()).isEqualTo((long) NARROW << 20);
        assertThat(before.dirtyBytesPerSecond()).isGreaterThan((long) NARROW << 20);
        assertThat(before.rungs()).contains(Rung.Kind.GIVE_UP);
        assertThat(before.chance()).isLessThan(0.2);
        assertThat(Objects.requireNonNull(answer.cause()).code()).isEqualTo(Cause.Code.MIGRATION_GAVE_UP);
        assertThat(forecast(spec, new MigrationGoal(100, 300, true, true, NARROW))
                        .rungs())
                .containsAnyOf(Rung.Kind.THROTTLE, Rung.Kind.POST_COPY)
                .doesNotContain(Rung.Kind.GIVE_UP);
        a.delete(spec);
    }

    @Test
    void aMoveThatIsUnderWayIsNotDisturbed() throws IOException {
        VmSpec spec = Counting.start(a);
        Counting counting = Counting.of(spec);
        TestingMove move = new TestingMove(a, b, spec);
        move.depart(move.awaitReady(), new MigrationGoal(100, 300, true, false, 1));
        move.awaitCopying();

        HttpResponse<byte[]> refused = ask(spec.id(), MigrationGoal.DEFAULT, List.of());

        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(new String(refused.body())).contains("CONFLICT", "on the move");
        move.awaitDeparture(Phase.HANDED_OVER);
        counting.left(a);
        counting.goesOnAt(b);
        move.release();
        b.delete(move.spec);
    }

    @Test
    void whoAsksAtTheSameTimeIsAnsweredOrToldToAskAgain() {
        VmSpec spec = Counting.start(a);
        List<CompletableFuture<HttpResponse<byte[]>>> asked = List.of(1, 2, 3).stream()
                .map(_ -> CompletableFuture.supplyAsync(() -> ask(spec.id(), MigrationGoal.DEFAULT, List.of())))
                .toList();
        List<Integer> codes =
                asked.stream().map(each -> each.join().statusCode()).toList();
        assertThat(codes).contains(200).isSubsetOf(200, 409);
        assertThat(a.get(spec.id()).state()).isEqualTo(ObservedState.RUNNING);
        a.delete(spec);
    }

    @Test
    void aPausedGuestWritesNothingAndAStoppedOneHasNoMemoryToCopy() throws IOException {
        DiskSpec disk = new DiskSpec(DiskId.random(), null, new Mebibytes(64));
        VmSpec spec = guest(256, disk);
        a.type(spec.id(), "dd if=/dev/urandom of=/mnt/vda/f bs=1M count=24 conv=fsync; dirty 32 5000 &\n");
        a.awaitSerial(spec.id(), 0, "dirty: 1 pages=");
        VmSpec paused = TestingHost.paused(spec);
        a.put(paused);
        a.awaitState(spec.id(), ObservedState.PAUSED);
        Forecast held = forecast(spec, MigrationGoal.DEFAULT, disk.id());
        assertThat(held.dirtyBytesPerSecond()).isZero();
        assertThat(held.memoryBytes()).isGreaterThan(20L << 20);
        assertThat(held.diskBytes()).isBetween(20L << 20, 40L << 20);
        assertThat(forecast(spec, MigrationGoal.DEFAULT).diskBytes()).isZero();

        VmSpec stopped = TestingHost.next(paused, DesiredState.STOPPED, StopPolicy.HARD, spec.runEpoch());
        a.put(stopped);
        a.awaitState(spec.id(), ObservedState.STOPPED);
        Forecast cold = forecast(spec, MigrationGoal.DEFAULT, disk.id());
        assertThat(cold.memoryBytes()).isZero();
        assertThat(cold.downtimeMs()).isZero();
        assertThat(cold.diskBytes()).isBetween(20L << 20, 40L << 20);
        a.delete(stopped);
        assertThat(ask(spec.id(), MigrationGoal.DEFAULT, List.of()).statusCode())
                .isEqualTo(404);
    }

    private static VmSpec guest(int mib, DiskSpec... disks) throws IOException {
        DirectBoot boot = new DirectBoot(
                a.images().witness("vmlinuz", ImageFormat.RAW),
                a.images().witness("initrd.img", ImageFormat.RAW),
                "console=ttyS0 quiet panic=0 cryptomgr.notests no_timer_check");
        VmSpec spec = a.spec(new VmShape(1, new Mebibytes(mib), AcceleratorChoice.TCG, List.of(disks), boot));
        a.put(spec);
        a.awaitSerial(spec.id(), 0, "yado-guest: ready");
        return spec;
    }

    private static Forecast forecast(VmSpec spec, MigrationGoal goal, DiskId... copied) {
        return TestingMove.answer(ask(spec.id(), goal, List.of(copied)), Forecast.class);
    }

    private static HttpResponse<byte[]> ask(VmId vm, MigrationGoal goal, List<DiskId> copied) {
        Forecast.Question question = new Forecast.Question(goal, copied, null);
        return a.send(
                "POST", "/v1/vms/" + vm + "/forecast", ProtocolJson.mapper().writeValueAsBytes(question));
    }
}
