package dev.yado.simulator;

import static dev.yado.simulator.Specs.fence;
import static dev.yado.simulator.Specs.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.simulator.SimulatedHost.Moment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SimulatedHostTest {
    private final List<HostReport> reports = new CopyOnWriteArrayList<>();
    private final RunWitness witness = new RunWitness();
    private final SimulatedHost host =
            new SimulatedHost(HostPlan.of("host", 4, 4096, Accelerator.TCG).withWitness(witness), this::take);
    private final VmId vm = VmId.random();

    private HostReportAnswer take(HostReport report) {
        reports.add(report);
        return new HostReportAnswer(15, false);
    }

    @AfterEach
    void close() {
        host.close();
        assertThat(witness.offences()).isEmpty();
    }

    private void runs(long generation, long epoch) {
        host.put(fence(), spec(vm, generation, epoch, DesiredState.RUNNING));
        awaitState(ObservedState.RUNNING, generation);
    }

    private VmReport awaitState(ObservedState state, long generation) {
        return await().atMost(Duration.ofSeconds(10))
                .until(
                        () -> Optional.ofNullable(lastReported()),
                        seen -> seen.isPresent()
                                && seen.get().state() == state
                                && seen.get().settled()
                                && seen.get().generation() == generation)
                .orElseThrow();
    }

    private @Nullable VmReport lastReported() {
        return new ArrayList<>(reports)
                .reversed().stream()
                        .flatMap(report -> report.vms().stream())
                        .filter(report -> report.id().equals(vm))
                        .findFirst()
                        .orElse(null);
    }

    @Test
    void runsWhatItIsGivenAndReportsIt() {
        runs(1, 1);

        assertThat(host.bootsOf(vm)).isEqualTo(1);
        assertThat(reports.getFirst().full()).isTrue();
        assertThat(reports).extracting(HostReport::sequence).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void aGuestOutlivesItsDaemonWhichComesBackWithAHigherIncarnation() {
        runs(1, 1);
        HostReport before = reports.getLast();

        host.die();
        assertThatThrownBy(() -> host.put(fence(), spec(vm, 2, 1, DesiredState.STOPPED)))
                .isInstanceOf(HostUnreachable.class);
        assertThat(witness.running()).contains(vm);
        host.restart();

        HostReport after = reports.getLast();
        assertThat(after.incarnation()).isGreaterThan(before.incarnation());
        assertThat(after.bootId()).isEqualTo(before.bootId());
        assertThat(after.full()).isTrue();
        assertThat(after.vms()).extracting(VmReport::state).containsExactly(ObservedState.RUNNING);
        assertThat(host.bootsOf(vm)).isEqualTo(1);
    }

    @Test
    void whatWasAcceptedIsCarriedOutByTheNextDaemon() {
        host.dieAt(Moment.CALL_ACCEPTED, () -> {});
        assertThatThrownBy(() -> host.put(fence(), spec(vm, 1, 1, DesiredState.RUNNING)))
                .isInstanceOf(HostUnreachable.class);
        assertThat(host.bootsOf(vm)).isZero();

        host.restart();

        awaitState(ObservedState.RUNNING, 1);
        assertThat(host.bootsOf(vm)).isEqualTo(1);
    }

    @Test
    void whatWasNotAcceptedIsForgotten() {
        host.dieAt(Moment.CALL_ARRIVES, () -> {});
        assertThatThrownBy(() -> host.put(fence(), spec(vm, 1, 1, DesiredState.RUNNING)))
                .isInstanceOf(HostUnreachable.class);

        host.restart();

        assertThat(host.stateOf(vm)).isNull();
    }

    @Test
    void workThatNobodyHeardOfIsNotDoneTwice() {
        host.dieAt(Moment.WORK_DONE, () -> {});
        host.put(fence(), spec(vm, 1, 1, DesiredState.RUNNING));
        await().atMost(Duration.ofSeconds(10)).until(() -> !host.isUp());

        host.restart();

        awaitState(ObservedState.RUNNING, 1);
        assertThat(witness.runsOf(vm)).isEqualTo(1);
    }

    @Test
    void aPowerFailureEndsGuestsAndTheyStayEnded() {
        runs(1, 1);
        String boot = reports.getLast().bootId();

        host.boot();

        VmReport ended = awaitState(ObservedState.STOPPED, 1);
        assertThat(String.valueOf(ended.cause())).contains("HOST_REBOOTED");
        assertThat(reports.getLast().bootId()).isNotEqualTo(boot);
        assertThat(witness.running()).isEmpty();
        host.put(fence(), spec(vm, 2, 1, DesiredState.RUNNING));
        awaitState(ObservedState.STOPPED, 2);
        runs(3, 2);
        assertThat(witness.runsOf(vm)).isEqualTo(2);
    }

    @Test
    void aDeletedVmCannotBeBroughtBackByALateCall() {
        runs(1, 1);
        assertThat(host.delete(fence(), vm, 2).state()).isEqualTo(ObservedState.ABSENT);

        host.restart();

        assertThatThrownBy(() -> host.put(fence(), spec(vm, 1, 1, DesiredState.RUNNING)))
                .isInstanceOf(HostRefusal.class);
        assertThat(host.held()).isEmpty();
    }

    @Test
    void aWipedDiskRemembersNothing() {
        runs(1, 1);

        host.wipe();

        assertThat(host.held()).isEmpty();
        assertThat(witness.running()).isEmpty();
        assertThat(reports.getLast().full()).isTrue();
        assertThat(reports.getLast().vms()).isEmpty();
    }

    @Test
    void aWrongClockIsSeenInWhatItReports() {
        host.shiftClock(Duration.ofDays(-1));

        runs(1, 1);

        VmReport seen = java.util.Objects.requireNonNull(lastReported());
        assertThat(seen.since()).isBefore(java.time.Instant.now().minus(Duration.ofHours(23)));
    }
}
