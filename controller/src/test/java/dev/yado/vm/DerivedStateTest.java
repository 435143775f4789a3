package dev.yado.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.operation.OperationStatus;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The table over {@link DerivedState}, row by row. */
class DerivedStateTest {
    private static final long WANTED = 5;
    private static final Placement ALIVE = new Placement(HostId.random(), true, Duration.ofSeconds(1));
    private static final Placement SILENT = new Placement(HostId.random(), false, Duration.ofSeconds(42));

    private static LastOperation operation(OperationStatus status) {
        boolean failed = status == OperationStatus.FAILED || status == OperationStatus.CANCELLED;
        return new LastOperation(
                OperationId.random(),
                "CreateVm",
                status,
                status == OperationStatus.WAITING ? "waits for something" : null,
                failed ? "DEADLINE_EXCEEDED" : null,
                failed ? "it took too long" : null);
    }

    private static Observed observed(ObservedState state, long generation) {
        return new Observed(state, generation, true, null, null);
    }

    private static DerivedState derive(
            DesiredState desired,
            @Nullable Placement placement,
            @Nullable Observed observed,
            @Nullable LastOperation operation) {
        return DerivedState.of(new Sight(desired, WANTED, placement, observed, operation, null));
    }

    @ParameterizedTest
    @CsvSource({
        "RUNNING, RUNNING,   PENDING",
        "RUNNING, WAITING,   PENDING",
        "RUNNING, FAILED,    FAILED",
        "RUNNING, CANCELLED, PENDING",
        "STOPPED, RUNNING,   PENDING",
        "STOPPED, SUCCEEDED, STOPPED",
        "STOPPED, CANCELLED, STOPPED",
        "STOPPED, FAILED,    FAILED",
        "DELETED, WAITING,   DELETING",
    })
    void withoutPlaceItFollowsTheOperation(DesiredState desired, OperationStatus operation, VmState state) {
        assertThat(derive(desired, null, null, operation(operation)).state()).isEqualTo(state);
    }

    @ParameterizedTest
    @CsvSource({
        "RUNNING, ABSENT,    STARTING",
        "RUNNING, PREPARING, PREPARING",
        "RUNNING, STARTING,  STARTING",
        "RUNNING, RUNNING,   RUNNING",
        "RUNNING, PAUSED,    PAUSED",
        "RUNNING, STOPPING,  STARTING",
        "RUNNING, STOPPED,   STARTING",
        "RUNNING, CRASHED,   STARTING",
        "RUNNING, FAILED,    STARTING",
        "STOPPED, PREPARING, STOPPING",
        "STOPPED, RUNNING,   STOPPING",
        "STOPPED, PAUSED,    STOPPING",
        "STOPPED, STOPPED,   STOPPED",
        "STOPPED, CRASHED,   STOPPING",
        "PAUSED,  RUNNING,   RUNNING",
        "PAUSED,  PAUSED,    PAUSED",
        "DELETED, RUNNING,   DELETING",
    })
    void untilTheHostHasHeardItIsOnItsWay(DesiredState desired, ObservedState observed, VmState state) {
        assertThat(derive(desired, ALIVE, observed(observed, WANTED - 1), operation(OperationStatus.RUNNING))
                        .state())
                .isEqualTo(state);
    }

    @ParameterizedTest
    @CsvSource({
        "ABSENT,    FAILED",
        "PREPARING, PREPARING",
        "STARTING,  STARTING",
        "RUNNING,   RUNNING",
        "PAUSED,    PAUSED",
        "STOPPING,  STOPPING",
        "STOPPED,   STOPPED",
        "CRASHED,   CRASHED",
        "FAILED,    FAILED",
    })
    void thenItIsWhatTheHostSays(ObservedState observed, VmState state) {
        assertThat(derive(DesiredState.RUNNING, ALIVE, observed(observed, WANTED), operation(OperationStatus.SUCCEEDED))
                        .state())
                .isEqualTo(state);
    }

    @ParameterizedTest
    @EnumSource(ObservedState.class)
    void aSilentHostMakesEveryStateUnknown(ObservedState observed) {
        DerivedState derived =
                derive(DesiredState.RUNNING, SILENT, observed(observed, WANTED), operation(OperationStatus.SUCCEEDED));

        assertThat(derived.state()).isEqualTo(VmState.UNKNOWN);
        assertThat(derived.reason())
                .startsWith("HOST_UNREACHABLE: ")
                .contains("42 s")
                .contains(observed.name());
    }

    @Test
    void aRemovalIsShownEvenWhereTheHostIsSilent() {
        DerivedState derived = derive(
                DesiredState.DELETED, SILENT, observed(ObservedState.RUNNING, 4), operation(OperationStatus.WAITING));

        assertThat(derived).isEqualTo(new DerivedState(VmState.DELETING, "waits for something"));
    }

    @Test
    void placedButNotReportedItIsPreparingUnlessItsOperationHasFailed() {
        assertThat(derive(DesiredState.RUNNING, ALIVE, null, operation(OperationStatus.RUNNING))
                        .state())
                .isEqualTo(VmState.PREPARING);
        assertThat(derive(DesiredState.RUNNING, ALIVE, null, operation(OperationStatus.FAILED)))
                .isEqualTo(new DerivedState(VmState.FAILED, "DEADLINE_EXCEEDED: it took too long"));
    }

    @Test
    void theCauseIsTheReason() {
        Observed crashed = new Observed(
                ObservedState.CRASHED,
                WANTED,
                true,
                new Cause(Cause.Code.OOM_KILLED, "the host ran out of memory"),
                null);

        assertThat(derive(DesiredState.RUNNING, ALIVE, crashed, null).reason())
                .isEqualTo("OOM_KILLED: the host ran out of memory");
    }
}
