package dev.yado.flow;

import static dev.yado.flow.TestingCloud.end;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.api.IfMatch;
import dev.yado.operation.OperationStatus;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.simulator.SimulatedHost;
import dev.yado.snapshot.Snapshot;
import dev.yado.snapshot.Snapshots;
import dev.yado.vm.VmMoves;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SnapshotVmTest {
    private final TestingCloud cloud = new TestingCloud();
    private SimulatedHost host;
    private ControllerReplica replica;

    @BeforeEach
    void begin() {
        host = cloud.host(16, 16_384);
        replica = cloud.replica();
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    @Test
    void isTakenGoneBackToAndDeleted() {
        VmId vm = cloud.running(replica);

        SnapshotId id = cloud.snapshot(replica, vm);

        Snapshot taken = get(id);
        assertThat(taken.state()).isEqualTo(Snapshot.State.AVAILABLE);
        assertThat(taken.takenAt()).isNotNull();
        assertThat(taken.disks()).hasSize(1);
        refused(ErrorCode.CONFLICT, () -> revert(id));
        end(replica, replica.vms().stop(cloud.caller(), vm, StopPolicy.HARD));
        assertThat(end(replica, revert(id)).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(get(id).state()).isEqualTo(Snapshot.State.AVAILABLE);
        assertThat(end(replica, delete(id)).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(cloud.kept(vm)).isEmpty();
        refused(ErrorCode.NOT_FOUND, () -> get(id));
    }

    @Test
    void oneThingAtATimeIsDoneAndTheOtherCallNamesIt() {
        VmId vm = cloud.running(replica);
        host.holdWork(true);
        OperationId open = take(vm);

        assertThatThrownBy(() -> take(vm)).isInstanceOfSatisfying(YadoException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT);
            assertThat(e).hasMessageContaining(open.toString());
        });

        host.holdWork(false);
        assertThat(end(replica, open).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(end(replica, take(vm)).status()).isEqualTo(OperationStatus.SUCCEEDED);
    }

    @Test
    void goesToAnotherHostWithItsVm() {
        VmId vm = cloud.running(replica);
        SimulatedHost other = cloud.host(16, 16_384);
        cloud.joined(other);
        SnapshotId id = cloud.snapshot(replica, vm);

        assertThat(end(replica, move(vm)).status()).isEqualTo(OperationStatus.SUCCEEDED);

        assertThat(host.snapshotsOf(vm)).isEmpty();
        assertThat(other.snapshotsOf(vm)).containsExactly(id);
        end(replica, replica.vms().stop(cloud.caller(), vm, StopPolicy.HARD));
        assertThat(end(replica, revert(id)).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(end(replica, delete(id)).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(other.snapshotsOf(vm)).isEmpty();
    }

    @Test
    void aVmDoesNotMoveWhileOneOfItIsTaken() {
        VmId vm = cloud.running(replica);
        cloud.joined(cloud.host(16, 16_384));
        host.holdWork(true);
        OperationId open = take(vm);

        assertThatThrownBy(() -> move(vm)).isInstanceOfSatisfying(YadoException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.MIGRATION_BLOCKED);
            assertThat(e).hasMessageContaining("TAKING");
        });

        host.holdWork(false);
        end(replica, open);
        assertThat(end(replica, move(vm)).status()).isEqualTo(OperationStatus.SUCCEEDED);
    }

    @Test
    void goesWithItsVm() {
        VmId vm = cloud.running(replica);
        SnapshotId id = cloud.snapshot(replica, vm);

        end(replica, replica.vms().delete(cloud.caller(), vm));

        refused(ErrorCode.NOT_FOUND, () -> get(id));
        assertThat(cloud.kept(vm)).isEmpty();
    }

    @Test
    void oneThatIsCancelledLeavesNothing() {
        VmId vm = cloud.running(replica);
        host.holdWork(true);
        OperationId open = take(vm);
        SnapshotId id = cloud.snapshotOf(vm);
        await().atMost(10, SECONDS).until(() -> get(id).answer() != null);

        replica.operations().cancel(open, "the tenant");
        host.holdWork(false);

        assertThat(end(replica, open).status()).isEqualTo(OperationStatus.CANCELLED);
        assertThat(get(id).state()).isEqualTo(Snapshot.State.FAILED);
        assertThat(cloud.kept(vm)).isEqualTo(Set.of());
    }

    private OperationId take(VmId vm) {
        return replica.snapshots().take(cloud.caller(), vm, Snapshots.Asked.DEFAULT);
    }

    private OperationId revert(SnapshotId id) {
        return replica.snapshots().revert(cloud.caller(), id, IfMatch.ANY);
    }

    private OperationId delete(SnapshotId id) {
        return replica.snapshots().delete(cloud.caller(), id, IfMatch.ANY);
    }

    private OperationId move(VmId vm) {
        return replica.part(VmMoves.class).move(cloud.caller(), vm, null, MigrationGoal.DEFAULT);
    }

    private Snapshot get(SnapshotId id) {
        return replica.snapshots().get(cloud.caller(), id);
    }

    private static void refused(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
