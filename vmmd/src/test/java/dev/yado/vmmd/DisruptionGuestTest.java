package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.Disruption;
import dev.yado.protocol.Disruption.Kind;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.DepartureAnswer.Result;
import dev.yado.protocol.migration.MigrationGoal;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What hosts tell of the times in which moves kept guests from running. */
@Tag("guest")
class DisruptionGuestTest {
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
    void theBlackoutOfAMoveIsToldOnceThoughTheDaemonDiesBeforeAnybodyHears() throws IOException {
        VmSpec spec = Counting.start(a);
        a.controller().fail(true);
        Instant before = Instant.now();
        TestingMove move = new TestingMove(a, b, spec);
        Result result = Objects.requireNonNull(move.carryOut().result());
        a.killDaemon();
        a.startDaemon();

        a.controller().fail(false);

        Disruption told = awaitOne(spec.id(), Kind.MIGRATION_BLACKOUT);
        assertThat(told.ms()).isEqualTo(result.blackoutMs()).isPositive();
        assertThat(told.at()).isBetween(before, Instant.now());
        assertThat(told.detail()).contains(move.id.toString());
        awaitTwoMoreReports(a);
        awaitTwoMoreReports(b);
        assertThat(a.controller().reports())
                .filteredOn(report -> !of(report, spec.id()).isEmpty())
                .as("reports of it that were answered")
                .singleElement()
                .satisfies(report -> assertThat(report.hostId()).isEqualTo(a.id()));
        b.delete(move.spec);
    }

    @Test
    void aMoveThatIsBrokenOffWhileTheGuestRunsIsNone() throws IOException {
        VmSpec spec = linux();
        TestingMove move = new TestingMove(a, b, spec);
        move.depart(move.awaitReady(), new MigrationGoal(100, 300, true, false, 1));
        move.awaitCopying();
        move.cancel();
        move.awaitDeparture(Phase.STAYED);
        move.settle();
        awaitTwoMoreReports(a);
        assertThat(a.controller().disruptions(spec.id())).isEmpty();
        a.delete(spec);
    }

    @Test
    void aGuestThatIsSlowedDownIsToldAsSuch() throws IOException {
        VmSpec spec = hot();
        TestingMove move = new TestingMove(a, b, spec);
        move.depart(move.awaitReady(), new MigrationGoal(100, 120, true, false, 50));
        Result result =
                Objects.requireNonNull(move.awaitDeparture(Phase.HANDED_OVER).result());
        move.release();

        assertThat(awaitOne(spec.id(), Kind.MIGRATION_THROTTLE).ms())
                .isEqualTo(result.throttledMs())
                .isPositive();
        assertThat(awaitOne(spec.id(), Kind.MIGRATION_BLACKOUT).ms()).isEqualTo(result.blackoutMs());
        b.delete(move.spec);
    }

    @Test
    void whatAGuestWaitsForAfterPostCopyIsToldByTheHostThatItHasComeTo() throws IOException {
        VmSpec spec = hot();
        TestingMove move = new TestingMove(a, b, spec);
        move.depart(move.awaitReady(), new MigrationGoal(100, 120, false, true, 50));
        move.awaitDeparture(Phase.HANDED_OVER);
        move.release();

        Disruption waited = awaitOne(spec.id(), Kind.POST_COPY_WAIT);
        assertThat(waited.ms()).isPositive();
        assertThat(a.controller().reports())
                .filteredOn(report -> of(report, spec.id()).contains(waited))
                .allSatisfy(report -> assertThat(report.hostId()).isEqualTo(b.id()));
        b.delete(move.spec);
    }

    /** It has so much in its memory that it is copied for a while. */
    private static VmSpec linux() throws IOException {
        DirectBoot boot = new DirectBoot(
                a.images().witness("vmlinuz", ImageFormat.RAW),
                a.images().witness("initrd.img", ImageFormat.RAW),
                "console=ttyS0 quiet panic=0 cryptomgr.notests no_timer_check");
        VmSpec spec = a.spec(new VmShape(1, new Mebibytes(384), AcceleratorChoice.TCG, List.of(), boot));
        a.put(spec);
        a.awaitSerial(spec.id(), 0, "yado-guest: ready");
        return spec;
    }

    /** It writes faster than the link of these moves. */
    private static VmSpec hot() throws IOException {
        VmSpec spec = linux();
        a.type(spec.id(), "dirty 128 30000 4096 0 busy &\n");
        a.awaitSerial(spec.id(), 0, "dirty: 2 pages=");
        return spec;
    }

    private static Disruption awaitOne(VmId vm, Kind kind) {
        await(kind + " of " + vm)
                .atMost(TestingHost.PATIENCE)
                .until(() -> a.controller().disruptions(vm).stream().anyMatch(each -> each.kind() == kind));
        assertThat(a.controller().disruptions(vm))
                .filteredOn(each -> each.kind() == kind)
                .hasSize(1);
        return a.controller().disruptions(vm).stream()
                .filter(each -> each.kind() == kind)
                .findFirst()
                .orElseThrow();
    }

    private static void awaitTwoMoreReports(TestingHost host) throws IOException {
        long before = reportsOf(host);
        await("two more reports of " + host.id())
                .atMost(TestingHost.PATIENCE)
                .until(() -> reportsOf(host) >= before + 2);
    }

    private static long reportsOf(TestingHost host) throws IOException {
        var id = host.id();
        return a.controller().reports().stream()
                .filter(report -> report.hostId().equals(id))
                .count();
    }

    private static List<Disruption> of(HostReport report, VmId vm) {
        return report.disruptions().stream()
                .filter(each -> each.vm().equals(vm))
                .toList();
    }
}
