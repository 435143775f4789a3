package dev.yado.flow;

import static dev.yado.flow.TestingCloud.end;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.yado.api.IfMatch;
import dev.yado.backup.Backup;
import dev.yado.flow.Sabotage.What;
import dev.yado.operation.CancelPoint;
import dev.yado.operation.FlowOutline.StepOutline;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.simulator.SimulatedHost;
import dev.yado.snapshot.Snapshot;
import dev.yado.vm.NewVm;
import dev.yado.vm.VmState;
import dev.yado.vm.VmView;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;

/**
 * What every flow on VMs keeps, tried at each of its steps: done twice; cut off by the death of its controller before or after its
 * work, and taken up by another; failing; cancelled; its undo done twice or cut off. Whatever happens the operation ends, the VM is
 * as it was asked to be, or as the cancel said, or says why not; it ran no more often than it was started; and it can be deleted
 * without a trace.
 */
final class FlowContract implements AutoCloseable {
    private final TestingCloud cloud = new TestingCloud();
    /** Lasts from test to test; only what dies has replicas of its own. */
    private @Nullable ControllerReplica lasting;

    private Saboteur saboteur = new Saboteur(() -> lasting().operations());

    FlowContract() {
        cloud.host(256, 262_144);
        cloud.host(256, 262_144);
    }

    record Scenario(String kind, Given given, When when, Then then) {
        /**
         * @param then the VM's state when the operation has succeeded; null for none
         * @param boots how often the guest may have been booted by then
         * @param cancelled what the VM may be when it was cancelled; empty when no VM is left
         */
        Scenario(String kind, Given given, When when, @Nullable VmState then, int boots, Set<VmState> cancelled) {
            this(kind, given, when, new OfVm(then, boots, cancelled));
        }

        @Override
        public String toString() {
            return kind;
        }
    }

    /** What has come of it. */
    sealed interface Then {}

    /** As in a scenario of a VM, which is deleted then. */
    record OfVm(@Nullable VmState then, int boots, Set<VmState> cancelled) implements Then {}

    /** Anything else. */
    non-sealed interface Other extends Then {
        /** @param given of what the operation was; all that was made is gone when this returns */
        void after(TestingCloud cloud, ControllerReplica replica, VmId given, OperationView ended);
    }

    interface Given {
        VmId in(TestingCloud cloud, ControllerReplica replica);
    }

    interface When {
        OperationId asked(TestingCloud cloud, ControllerReplica replica, VmId vm);
    }

    static final Given NO_VM = (_, _) -> VmId.random();
    static final Given A_RUNNING_VM = TestingCloud::running;
    static final Given A_RUNNING_VM_WITH_A_BACKUP = (cloud, replica) -> {
        VmId vm = cloud.running(replica);
        cloud.backup(replica, vm);
        return vm;
    };
    static final Given A_RUNNING_VM_WITH_A_SNAPSHOT = (cloud, replica) -> {
        VmId vm = cloud.running(replica);
        cloud.snapshot(replica, vm);
        return vm;
    };
    static final Given A_STOPPED_VM_WITH_A_SNAPSHOT = (cloud, replica) -> {
        VmId vm = cloud.running(replica);
        cloud.snapshot(replica, vm);
        end(replica, replica.vms().stop(cloud.caller(), vm, StopPolicy.HARD));
        return vm;
    };
    static final Given A_STOPPED_VM_WITH_A_BACKUP = (cloud, replica) -> {
        VmId vm = cloud.running(replica);
        cloud.backup(replica, vm);
        end(replica, replica.vms().stop(cloud.caller(), vm, StopPolicy.HARD));
        return vm;
    };
    static final Given A_RUNNING_VM_WITH_A_CARD = (cloud, replica) -> {
        NewVm wanted = TestingCloud.networked(cloud.network(replica, "10.0.0.0/24"));
        return new VmId(
                end(replica, replica.vms().create(cloud.caller(), wanted)).targetId());
    };
    static final Given A_RUNNING_VM_WITH_A_CARD_AND_A_SNAPSHOT = (cloud, replica) -> {
        VmId vm = A_RUNNING_VM_WITH_A_CARD.in(cloud, replica);
        cloud.snapshot(replica, vm);
        return vm;
    };
    static final Given A_STOPPED_VM_WITH_A_CARD = (cloud, replica) -> {
        NewVm wanted = TestingCloud.networked(cloud.network(replica, "10.0.0.0/24"));
        VmId vm = new VmId(
                end(replica, replica.vms().create(cloud.caller(), wanted)).targetId());
        end(replica, replica.vms().stop(cloud.caller(), vm, StopPolicy.HARD));
        return vm;
    };
    static final Given A_PAUSED_VM = (cloud, replica) -> {
        VmId vm = cloud.running(replica);
        end(replica, replica.vms().pause(cloud.caller(), vm));
        return vm;
    };

    static final Other A_BACKUP_OR_NONE = (cloud, replica, vm, ended) -> {
        BackupId backup = new BackupId(ended.targetId());
        boolean whole = ended.status() == OperationStatus.SUCCEEDED;
        Backup seen = replica.backups().get(cloud.caller(), backup);
        assertThat(seen.state()).isEqualTo(whole ? Backup.State.AVAILABLE : Backup.State.FAILED);
        // What was broken off is tidied up behind it.
        await().atMost(15, SECONDS)
                .until(() -> cloud.repository().backups().equals(whole ? Set.of(seen.job()) : Set.of())
                        && cloud.leftovers() == 0);
        end(replica, replica.backups().delete(cloud.caller(), backup, IfMatch.ANY));
        assertThat(cloud.repository().backups()).isEmpty();
        assertThat(cloud.rowsOf(backup)).isZero();
        end(replica, replica.vms().delete(cloud.caller(), vm));
    };
    static final Other NO_BACKUP_OR_THE_SAME = (cloud, replica, vm, ended) -> {
        BackupId backup = new BackupId(ended.targetId());
        if (ended.status() == OperationStatus.CANCELLED) {
            assertThat(replica.backups().get(cloud.caller(), backup).state()).isEqualTo(Backup.State.AVAILABLE);
            replica.backups().delete(cloud.caller(), backup, IfMatch.ANY);
        }
        // One that has failed is begun again by a reconciler.
        await().atMost(15, SECONDS).until(() -> cloud.rowsOf(backup) == 0);
        assertThat(cloud.repository().backups()).isEmpty();
        end(replica, replica.vms().delete(cloud.caller(), vm));
    };

    static final Other A_SNAPSHOT_OR_NONE = (cloud, replica, vm, ended) -> {
        SnapshotId snapshot = new SnapshotId(ended.targetId());
        boolean there = ended.status() == OperationStatus.SUCCEEDED;
        Snapshot seen = replica.snapshots().get(cloud.caller(), snapshot);
        assertThat(seen.state()).isEqualTo(there ? Snapshot.State.AVAILABLE : Snapshot.State.FAILED);
        assertThat(cloud.kept(vm)).isEqualTo(there ? Set.of(snapshot) : Set.of());
        end(replica, replica.snapshots().delete(cloud.caller(), snapshot, IfMatch.ANY));
        assertThat(cloud.kept(vm)).isEmpty();
        assertThat(cloud.rowsOf(snapshot)).isZero();
        end(replica, replica.vms().delete(cloud.caller(), vm));
    };
    /** When the operation has failed it may have come to the host all the same. */
    static final Other RESTORED_OR_NOT = (cloud, replica, vm, ended) -> {
        SnapshotId snapshot = new SnapshotId(ended.targetId());
        await().atMost(15, SECONDS)
                .until(() -> replica.snapshots().get(cloud.caller(), snapshot).state() != Snapshot.State.TAKING);
        if (ended.status() == OperationStatus.SUCCEEDED) {
            assertThat(cloud.kept(vm)).containsExactly(snapshot);
        }
        end(replica, replica.snapshots().delete(cloud.caller(), snapshot, IfMatch.ANY));
        assertThat(cloud.kept(vm)).isEmpty();
        assertThat(cloud.rowsOf(snapshot)).isZero();
        end(replica, replica.backups().delete(cloud.caller(), cloud.backupOf(vm), IfMatch.ANY));
        end(replica, replica.vms().delete(cloud.caller(), vm));
    };

    static final Other THE_SAME_SNAPSHOT = (cloud, replica, vm, ended) -> {
        SnapshotId snapshot = new SnapshotId(ended.targetId());
        await().atMost(15, SECONDS)
                .until(() -> replica.snapshots().get(cloud.caller(), snapshot).state() == Snapshot.State.AVAILABLE);
        assertThat(cloud.kept(vm)).containsExactly(snapshot);
        end(replica, replica.vms().delete(cloud.caller(), vm));
        assertThat(cloud.rowsOf(snapshot)).isZero();
    };
    static final Other NO_SNAPSHOT = (cloud, replica, vm, ended) -> {
        // One that has failed is begun again by a reconciler.
        await().atMost(15, SECONDS).until(() -> cloud.rowsOf(new SnapshotId(ended.targetId())) == 0);
        assertThat(cloud.kept(vm)).isEmpty();
        end(replica, replica.vms().delete(cloud.caller(), vm));
    };

    /** All that can go wrong at each step, or at the undo of each step that has one. */
    Stream<DynamicTest> tests(Scenario flow) {
        List<StepOutline> steps = lasting().operations().outline(flow.kind()).steps();
        StepOutline last = steps.stream()
                .filter(step -> step.cancelPoint() != CancelPoint.NO_RETURN)
                .reduce((_, later) -> later)
                .orElse(steps.getLast());
        return steps.stream()
                .flatMap(step -> Stream.concat(
                        Stream.of(
                                        What.RUNS_TWICE,
                                        What.DIES_BEFORE,
                                        What.DIES_AFTER,
                                        What.GIVES_UP,
                                        What.CANCELLED_BEFORE,
                                        What.CANCELLED_AFTER,
                                        What.CANCELLED_AND_DIES)
                                .map(what -> test(flow, step, what)),
                        step.undone()
                                ? Stream.of(What.UNDO_RUNS_TWICE, What.UNDO_DIES_BEFORE, What.UNDO_DIES_AFTER)
                                        .map(what -> undoTest(flow, last, step, what))
                                : Stream.empty()));
    }

    private DynamicTest test(Scenario flow, StepOutline step, What what) {
        Sabotage sabotage = new Sabotage(flow.kind(), step.name(), what);
        return named(flow, step, what, () -> {
            switch (what) {
                case GIVES_UP -> fails(flow, sabotage);
                case CANCELLED_BEFORE, CANCELLED_AFTER, CANCELLED_AND_DIES ->
                    endsAs(flow, sabotage, step.cancelPoint() != CancelPoint.NO_RETURN);
                default -> endsAs(flow, sabotage, false);
            }
        });
    }

    private DynamicTest undoTest(Scenario flow, StepOutline last, StepOutline step, What what) {
        Sabotage cancelledAtTheEnd = new Sabotage(flow.kind(), last.name(), What.CANCELLED_BEFORE);
        return named(
                flow,
                step,
                what,
                () -> endsAs(flow, cancelledAtTheEnd.and(new Sabotage(flow.kind(), step.name(), what)), true));
    }

    private static DynamicTest named(
            Scenario flow, StepOutline step, What what, org.junit.jupiter.api.function.Executable test) {
        return dynamicTest(flow.kind() + " " + step.name() + " " + what, test);
    }

    private void endsAs(Scenario flow, Sabotage sabotage, boolean cancelled) {
        ControllerReplica replica = lasting();
        VmId given = flow.given().in(cloud, replica);
        saboteur.arm(sabotage);
        OperationId operation = flow.when().asked(cloud, replica, given);
        OperationView view = ended(operation);
        assertThat(view.status())
                .as("%s", view)
                .isEqualTo(cancelled ? OperationStatus.CANCELLED : OperationStatus.SUCCEEDED);
        switch (flow.then()) {
            case OfVm ofVm -> endsAs(ofVm, new VmId(view.targetId()), cancelled);
            case Other other -> other.after(cloud, lasting(), given, view);
        }
    }

    private void endsAs(OfVm flow, VmId vm, boolean cancelled) {
        Set<VmState> expected =
                cancelled ? flow.cancelled() : Stream.ofNullable(flow.then()).collect(Collectors.toSet());
        if (expected.isEmpty()) {
            assertThat(cloud.rowsOf(vm)).isZero();
            return;
        }
        // What comes after a cancel is told at its end; reports may be a moment behind, and a busy host silent for a
        // while.
        await().dontCatchUncaughtExceptions()
                .atMost(15, SECONDS)
                .until(() -> lasting().vms().get(cloud.caller(), vm), now -> expected.contains(now.state()));
        if (!cancelled) {
            assertThat(cloud.witness().runsOf(vm)).isEqualTo(flow.boots());
        }
        deleted(vm);
    }

    private void fails(Scenario flow, Sabotage sabotage) {
        ControllerReplica replica = lasting();
        VmId given = flow.given().in(cloud, replica);
        saboteur.arm(sabotage);
        OperationView view = ended(flow.when().asked(cloud, replica, given));
        saboteur.arm(Sabotage.NONE);
        assertThat(view.status()).isEqualTo(OperationStatus.FAILED);
        assertThat(view.error()).isEqualTo(new OperationView.ErrorView("INTERNAL", "injected failure"));
        switch (flow.then()) {
            case OfVm _ -> deleted(new VmId(view.targetId()));
            case Other other -> other.after(cloud, lasting(), given, view);
        }
    }

    private void deleted(VmId vm) {
        ControllerReplica replica = lasting();
        VmView seen = replica.vms().get(cloud.caller(), vm);
        SimulatedHost host = seen.host() == null ? null : cloud.hostOf(seen);
        OperationView view = end(replica, replica.vms().delete(cloud.caller(), vm));
        assertThat(view.status()).as("%s", view).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(cloud.rowsOf(vm)).isZero();
        if (host != null && host.stateOf(vm) != null) {
            assertThat(host.stateOf(vm)).isEqualTo(ObservedState.ABSENT);
        }
    }

    /** By the replica that began it, or, when that has died, by the next. */
    private OperationView ended(OperationId operation) {
        ControllerReplica first = lasting();
        await().dontCatchUncaughtExceptions().atMost(30, SECONDS).until(() -> !first.alive() || isEnded(operation));
        return end(lasting(), operation);
    }

    private boolean isEnded(OperationId operation) {
        return !cloud.jdbc()
                .queryForList("SELECT 1 FROM operation WHERE id = ? AND ended_at IS NOT NULL", operation.value())
                .isEmpty();
    }

    private ControllerReplica lasting() {
        ControllerReplica present = lasting;
        if (present == null || !present.alive()) {
            if (present != null) {
                present.close();
            }
            saboteur = new Saboteur(() -> lasting().operations());
            present = cloud.replica(saboteur);
            lasting = present;
        }
        return present;
    }

    @Override
    public void close() {
        cloud.close();
    }
}
