package dev.yado.flow;

import static dev.yado.flow.TestingCloud.end;
import static dev.yado.flow.TestingCloud.networked;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.api.IfMatch;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.protocol.DiskCopy;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.simulator.SimulatedHost;
import dev.yado.snapshot.Clones;
import dev.yado.snapshot.Snapshots;
import dev.yado.vm.VmMoves;
import dev.yado.vm.VmRecords;
import dev.yado.vm.VmState;
import dev.yado.vm.VmView;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CloneTest {
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
    void isAVmOfItsOwnThatIsCopiedFromTheSnapshotOnItsHost() {
        VmId vm = new VmId(end(
                        replica, replica.vms().create(cloud.caller(), networked(cloud.network(replica, "10.0.0.0/24"))))
                .targetId());
        SnapshotId snapshot = cloud.snapshot(replica, vm);
        cloud.joined(cloud.host(64, 65_536));

        OperationView made = end(replica, make(snapshot, "copy"));

        assertThat(made.status()).as("%s", made).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(made.kind()).isEqualTo("CreateVm");
        VmView was = get(vm);
        VmView copy = get(new VmId(made.targetId()));
        assertThat(copy.state()).isEqualTo(VmState.RUNNING);
        assertThat(copy.host()).isEqualTo(host.id());
        assertThat(copy.tenant()).isEqualTo(was.tenant());
        assertThat(copy.nics()).singleElement().satisfies(nic -> {
            assertThat(nic.network()).isEqualTo(was.nics().getFirst().network());
            assertThat(nic.mac()).isNotEqualTo(was.nics().getFirst().mac());
            assertThat(nic.addresses()).isNotEqualTo(was.nics().getFirst().addresses());
        });
        assertThat(replica.part(VmRecords.class)
                        .spec(copy.id())
                        .orElseThrow()
                        .shape()
                        .disks())
                .singleElement()
                .satisfies(disk -> assertThat(disk.copy())
                        .isEqualTo(new DiskCopy(
                                vm, snapshot, was.disks().getFirst().id())));
        Clones.Asked bare = new Clones.Asked("bare", false, List.of());
        VmId second = new VmId(end(replica, replica.part(Clones.class).make(cloud.caller(), snapshot, bare, null))
                .targetId());
        assertThat(get(second).nics()).isEmpty();
        assertThat(get(second).state()).isEqualTo(VmState.STOPPED);
        // Afterwards neither needs the other.
        assertThat(end(replica, delete(snapshot)).status()).isEqualTo(OperationStatus.SUCCEEDED);
        end(replica, replica.vms().delete(cloud.caller(), vm));
        end(replica, replica.vms().stop(cloud.caller(), copy.id(), StopPolicy.HARD));
        assertThat(end(replica, replica.vms().start(cloud.caller(), copy.id())).status())
                .isEqualTo(OperationStatus.SUCCEEDED);
    }

    @Test
    void keepsTheVmAndItsSnapshotsUntilItIsMade() {
        VmId vm = cloud.running(replica);
        SnapshotId older = cloud.snapshot(replica, vm);
        SnapshotId snapshot = cloud.snapshot(replica, vm);
        host.holdWork(true);
        OperationId made = make(snapshot, "copy");

        refused(ErrorCode.IN_USE, () -> delete(snapshot));
        refused(ErrorCode.IN_USE, () -> delete(older));
        refused(ErrorCode.IN_USE, () -> replica.vms().delete(cloud.caller(), vm));
        refused(
                ErrorCode.MIGRATION_BLOCKED,
                () -> replica.part(VmMoves.class).move(cloud.caller(), vm, null, MigrationGoal.DEFAULT));

        host.holdWork(false);
        assertThat(end(replica, made).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(end(replica, delete(older)).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(end(replica, replica.vms().delete(cloud.caller(), vm)).status())
                .isEqualTo(OperationStatus.SUCCEEDED);
    }

    @Test
    void oneThatIsCalledOffLeavesNoVmAndFreesTheSnapshot() {
        VmId vm = cloud.running(replica);
        SnapshotId snapshot = cloud.snapshot(replica, vm);
        host.holdWork(true);
        OperationId made = make(snapshot, "copy");
        VmId copy = new VmId(replica.operations().find(made).orElseThrow().targetId());
        await().atMost(10, SECONDS).until(() -> host.held().contains(copy));

        replica.operations().cancel(made, "the tenant");
        host.holdWork(false);

        assertThat(end(replica, made).status()).isEqualTo(OperationStatus.CANCELLED);
        assertThat(cloud.rowsOf(copy)).isZero();
        assertThat(end(replica, delete(snapshot)).status()).isEqualTo(OperationStatus.SUCCEEDED);
    }

    @Test
    void isRefusedWhileAnotherSnapshotIsAtWorkOrWhenItsHostHasNoRoom() {
        VmId vm = cloud.running(replica);
        SnapshotId snapshot = cloud.snapshot(replica, vm);
        host.holdWork(true);
        OperationId open = replica.snapshots().take(cloud.caller(), vm, Snapshots.Asked.DEFAULT);

        refused(ErrorCode.CONFLICT, () -> make(snapshot, "copy"));

        host.holdWork(false);
        end(replica, open);
        cloud.joined(cloud.host(16, 16_384));
        host.crash();
        await().atMost(20, SECONDS)
                .until(() -> replica.fleet().snapshot().hosts().stream()
                        .anyMatch(each -> each.id().equals(host.id()) && !each.alive()));
        refused(ErrorCode.NO_HOST_FITS, () -> make(snapshot, "copy"));
    }

    @Test
    void saysThatTheSnapshotIsGoneFromItsHost() {
        VmId vm = cloud.running(replica);
        SnapshotId snapshot = cloud.snapshot(replica, vm);
        host.holdWork(true);
        OperationId made = make(snapshot, "copy");
        await().atMost(10, SECONDS).until(() -> host.held().size() == 2);
        host.loseSnapshots(vm);
        host.holdWork(false);

        OperationView failed = end(replica, made);

        assertThat(failed.error()).isNotNull().satisfies(error -> {
            assertThat(error.code()).isEqualTo("VM_START_FAILED");
            assertThat(error.detail()).contains(snapshot.toString());
        });
    }

    private OperationId make(SnapshotId snapshot, String name) {
        return replica.part(Clones.class).make(cloud.caller(), snapshot, new Clones.Asked(name), null);
    }

    private OperationId delete(SnapshotId snapshot) {
        return replica.snapshots().delete(cloud.caller(), snapshot, IfMatch.ANY);
    }

    private VmView get(VmId vm) {
        return replica.vms().get(cloud.caller(), vm);
    }

    private static void refused(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
