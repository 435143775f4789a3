package dev.yado.flow;

import static dev.yado.flow.FlowContract.A_BACKUP_OR_NONE;
import static dev.yado.flow.FlowContract.A_PAUSED_VM;
import static dev.yado.flow.FlowContract.A_RUNNING_VM;
import static dev.yado.flow.FlowContract.A_RUNNING_VM_WITH_A_BACKUP;
import static dev.yado.flow.FlowContract.A_RUNNING_VM_WITH_A_CARD_AND_A_SNAPSHOT;
import static dev.yado.flow.FlowContract.A_RUNNING_VM_WITH_A_SNAPSHOT;
import static dev.yado.flow.FlowContract.A_SNAPSHOT_OR_NONE;
import static dev.yado.flow.FlowContract.A_STOPPED_VM_WITH_A_BACKUP;
import static dev.yado.flow.FlowContract.A_STOPPED_VM_WITH_A_CARD;
import static dev.yado.flow.FlowContract.A_STOPPED_VM_WITH_A_SNAPSHOT;
import static dev.yado.flow.FlowContract.NO_BACKUP_OR_THE_SAME;
import static dev.yado.flow.FlowContract.NO_SNAPSHOT;
import static dev.yado.flow.FlowContract.NO_VM;
import static dev.yado.flow.FlowContract.RESTORED_OR_NOT;
import static dev.yado.flow.FlowContract.THE_SAME_SNAPSHOT;
import static dev.yado.flow.TestingCloud.networked;

import dev.yado.api.IfMatch;
import dev.yado.backup.Backups;
import dev.yado.backup.InPlace;
import dev.yado.flow.FlowContract.Scenario;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.snapshot.Snapshots;
import dev.yado.vm.VmMoves;
import dev.yado.vm.VmState;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Every flow, by {@link FlowContract}. A new one is three lines more. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class FlowContractTest {
    private final FlowContract contract = new FlowContract();

    @AfterAll
    void close() {
        contract.close();
    }

    @TestFactory
    Stream<DynamicTest> keepTheContract() {
        return Stream.of(
                        new Scenario(
                                "CreateVm",
                                NO_VM,
                                (c, r, _) -> r.vms().create(c.caller(), networked(c.network(r, "10.0.0.0/24"))),
                                VmState.RUNNING,
                                1,
                                Set.of()),
                        new Scenario(
                                "StartVm",
                                A_STOPPED_VM_WITH_A_CARD,
                                (c, r, vm) -> r.vms().start(c.caller(), vm),
                                VmState.RUNNING,
                                2,
                                Set.of(VmState.STOPPED)),
                        new Scenario(
                                "StopVm",
                                A_RUNNING_VM,
                                (c, r, vm) -> r.vms().stop(c.caller(), vm, StopPolicy.HARD),
                                VmState.STOPPED,
                                1,
                                Set.of(VmState.STOPPED, VmState.RUNNING)),
                        new Scenario(
                                "RebootVm",
                                A_RUNNING_VM,
                                (c, r, vm) -> r.vms().reboot(c.caller(), vm),
                                VmState.RUNNING,
                                1,
                                Set.of(VmState.RUNNING)),
                        new Scenario(
                                "PauseVm",
                                A_RUNNING_VM,
                                (c, r, vm) -> r.vms().pause(c.caller(), vm),
                                VmState.PAUSED,
                                1,
                                Set.of(VmState.RUNNING)),
                        new Scenario(
                                "ResumeVm",
                                A_PAUSED_VM,
                                (c, r, vm) -> r.vms().resume(c.caller(), vm),
                                VmState.RUNNING,
                                1,
                                Set.of(VmState.PAUSED)),
                        new Scenario(
                                "ResizeDisk",
                                A_STOPPED_VM_WITH_A_CARD,
                                (c, r, vm) -> r.vms().resize(c.caller(), vm, c.disk(r, vm), Mebibytes.ofGibibytes(3)),
                                VmState.STOPPED,
                                1,
                                Set.of(VmState.STOPPED)),
                        new Scenario(
                                "MigrateVm",
                                A_RUNNING_VM_WITH_A_CARD_AND_A_SNAPSHOT,
                                (c, r, vm) -> r.part(VmMoves.class).move(c.caller(), vm, null, MigrationGoal.DEFAULT),
                                VmState.RUNNING,
                                1,
                                Set.of(VmState.RUNNING)),
                        new Scenario(
                                "BackupVm",
                                A_RUNNING_VM,
                                (c, r, vm) -> r.backups().take(c.caller(), vm, Backups.Asked.DEFAULT),
                                A_BACKUP_OR_NONE),
                        new Scenario(
                                "DeleteBackup",
                                A_RUNNING_VM_WITH_A_BACKUP,
                                (c, r, vm) -> r.backups().delete(c.caller(), c.backupOf(vm), IfMatch.ANY),
                                NO_BACKUP_OR_THE_SAME),
                        new Scenario(
                                "SnapshotVm",
                                A_RUNNING_VM,
                                (c, r, vm) -> r.snapshots().take(c.caller(), vm, Snapshots.Asked.DEFAULT),
                                A_SNAPSHOT_OR_NONE),
                        new Scenario(
                                "RevertSnapshot",
                                A_STOPPED_VM_WITH_A_SNAPSHOT,
                                (c, r, vm) -> r.snapshots().revert(c.caller(), c.snapshotOf(vm), IfMatch.ANY),
                                THE_SAME_SNAPSHOT),
                        new Scenario(
                                "DeleteSnapshot",
                                A_RUNNING_VM_WITH_A_SNAPSHOT,
                                (c, r, vm) -> r.snapshots().delete(c.caller(), c.snapshotOf(vm), IfMatch.ANY),
                                NO_SNAPSHOT),
                        new Scenario(
                                "RestoreInPlace",
                                A_STOPPED_VM_WITH_A_BACKUP,
                                (c, r, vm) -> r.part(InPlace.class)
                                        .restore(c.caller(), c.backupOf(vm), new InPlace.Asked(null, null), null),
                                RESTORED_OR_NOT),
                        new Scenario(
                                "DeleteVm",
                                A_RUNNING_VM,
                                (c, r, vm) -> r.vms().delete(c.caller(), vm),
                                null,
                                1,
                                Set.of(VmState.RUNNING)))
                .flatMap(contract::tests);
    }
}
