package dev.yado.flow;

import static dev.yado.flow.TestingCloud.end;
import static dev.yado.flow.TestingCloud.networked;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.api.IfMatch;
import dev.yado.backup.Backup;
import dev.yado.backup.Restores;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.simulator.HostPlan;
import dev.yado.simulator.SimulatedHost;
import dev.yado.simulator.SimulatedRepository;
import dev.yado.vm.VmMoves;
import dev.yado.vm.VmRecords;
import dev.yado.vm.VmState;
import dev.yado.vm.VmView;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RestoreTest {
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
    void makesAVmOfABackupWhoseVmIsGone() {
        VmId vm = cloud.running(replica);
        VmView was = replica.vms().get(cloud.caller(), vm);
        BackupId backup = cloud.backup(replica, vm);
        end(replica, replica.vms().delete(cloud.caller(), vm));

        OperationView made = end(replica, restore(backup, "again", DiskOrigin.Mode.FULL));

        assertThat(made.status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(made.kind()).isEqualTo("CreateVm");
        VmView again = replica.vms().get(cloud.caller(), new VmId(made.targetId()));
        assertThat(again.state()).isEqualTo(VmState.RUNNING);
        assertThat(again.memory()).isEqualTo(was.memory());
        assertThat(again.disks()).hasSameSizeAs(was.disks());
    }

    @Test
    void tellsTheHostFromWhichDiskOfWhichBackupEachDiskIs() {
        VmId vm = cloud.running(replica);
        BackupId backup = cloud.backup(replica, vm);

        OperationView made = end(replica, restore(backup, "copy", DiskOrigin.Mode.INSTANT));

        VmView source = replica.vms().get(cloud.caller(), vm);
        assertThat(replica.part(VmRecords.class)
                        .spec(new VmId(made.targetId()))
                        .orElseThrow()
                        .shape()
                        .disks())
                .singleElement()
                .satisfies(disk -> assertThat(disk.origin())
                        .isEqualTo(new DiskOrigin(
                                "backups",
                                get(backup).job(),
                                source.disks().getFirst().id(),
                                DiskOrigin.Mode.INSTANT)));
    }

    @Test
    void givesItCardsInTheSameNetworksWithOtherAddresses() {
        VmId vm = new VmId(end(
                        replica, replica.vms().create(cloud.caller(), networked(cloud.network(replica, "10.0.0.0/24"))))
                .targetId());
        BackupId backup = cloud.backup(replica, vm);

        OperationView made = end(replica, restore(backup, "copy", DiskOrigin.Mode.FULL));
        OperationView bare = end(
                replica,
                replica.part(Restores.class)
                        .restore(
                                cloud.caller(),
                                backup,
                                new Restores.Asked("bare", DiskOrigin.Mode.FULL, true, List.of()),
                                null));

        VmView first = replica.vms().get(cloud.caller(), vm);
        VmView second = replica.vms().get(cloud.caller(), new VmId(made.targetId()));
        assertThat(second.nics()).hasSize(1);
        assertThat(second.nics().getFirst().network())
                .isEqualTo(first.nics().getFirst().network());
        assertThat(second.nics().getFirst().addresses())
                .isNotEqualTo(first.nics().getFirst().addresses());
        assertThat(replica.vms().get(cloud.caller(), new VmId(bare.targetId())).nics())
                .isEmpty();
    }

    @Test
    void isPlacedOnlyWhereTheRepositoryIs() {
        VmId vm = cloud.running(replica);
        BackupId backup = cloud.backup(replica, vm);
        end(replica, replica.vms().stop(cloud.caller(), vm, StopPolicy.HARD));
        SimulatedHost larger =
                cloud.hostWith(HostPlan.of("larger", 64, 65_536, Accelerator.TCG), new SimulatedRepository("backups"));
        await().atMost(10, SECONDS)
                .until(() -> replica.fleet().snapshot().hosts().size() == 2);

        OperationView made = end(replica, restore(backup, "copy", DiskOrigin.Mode.FULL));

        assertThat(replica.vms().get(cloud.caller(), new VmId(made.targetId())).host())
                .isEqualTo(host.id())
                .isNotEqualTo(larger.id());
    }

    @Test
    void isRefusedBeforeItStartsWhenNoHostHasRoom() {
        SimulatedHost tiny = cloud.host(1, 300);
        VmId vm = cloud.running(replica);
        BackupId backup = cloud.backup(replica, vm);
        host.crash();
        tiny.crash();
        await().atMost(20, SECONDS)
                .until(() -> replica.fleet().snapshot().hosts().stream().noneMatch(each -> each.alive()));

        assertThatThrownBy(() -> restore(backup, "copy", DiskOrigin.Mode.FULL))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_HOST_FITS));
    }

    @Test
    void isRefusedOfABackupThatIsNotWhole() {
        VmId vm = cloud.running(replica);
        host.holdWork(true);
        OperationId backup = replica.backups().take(cloud.caller(), vm, dev.yado.backup.Backups.Asked.DEFAULT);
        BackupId id =
                new BackupId(replica.operations().find(backup).orElseThrow().targetId());

        assertThatThrownBy(() -> restore(id, "copy", DiskOrigin.Mode.FULL))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));
        host.holdWork(false);
        end(replica, backup);
    }

    @Test
    void keepsTheBackupUntilTheVmIsMade() {
        VmId vm = cloud.running(replica);
        BackupId backup = cloud.backup(replica, vm);
        host.holdWork(true);
        OperationId made = restore(backup, "copy", DiskOrigin.Mode.FULL);

        assertThatThrownBy(() -> replica.backups().delete(cloud.caller(), backup, IfMatch.ANY))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.IN_USE));

        host.holdWork(false);
        assertThat(end(replica, made).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(end(replica, replica.backups().delete(cloud.caller(), backup, IfMatch.ANY))
                        .status())
                .isEqualTo(OperationStatus.SUCCEEDED);
    }

    @Test
    void keepsTheBackupAsLongAsAVmLacksSomethingOfIt() {
        BackupId backup = cloud.backup(replica, cloud.running(replica));
        host.holdRestores(true);
        OperationView made = end(replica, restore(backup, "copy", DiskOrigin.Mode.INSTANT));
        VmId vm = new VmId(made.targetId());
        assertThat(replica.vms().get(cloud.caller(), vm).restoring()).isTrue();
        assertThatThrownBy(() -> replica.part(VmMoves.class).move(cloud.caller(), vm, null, MigrationGoal.DEFAULT))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));

        assertThatThrownBy(() -> replica.backups().delete(cloud.caller(), backup, IfMatch.ANY))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.IN_USE));

        host.holdRestores(false);
        await().atMost(10, SECONDS)
                .until(() -> !replica.vms().get(cloud.caller(), vm).restoring());
        assertThat(replica.vms().get(cloud.caller(), vm).restoredAt()).isNotNull();
        assertThat(end(replica, replica.backups().delete(cloud.caller(), backup, IfMatch.ANY))
                        .status())
                .isEqualTo(OperationStatus.SUCCEEDED);
    }

    @Test
    void saysThatTheBackupCannotBeReadAndStartsWhenItCan() {
        VmId vm = cloud.running(replica);
        BackupId backup = cloud.backup(replica, vm);
        host.holdWork(true);
        OperationId made = restore(backup, "copy", DiskOrigin.Mode.FULL);
        await().atMost(10, SECONDS).until(() -> host.held().size() == 2);
        cloud.repository().fail("it is not mounted");
        host.holdWork(false);

        OperationView failed = end(replica, made);
        assertThat(failed.error())
                .isNotNull()
                .satisfies(error -> assertThat(error.code()).isEqualTo("REPOSITORY_UNAVAILABLE"));

        cloud.repository().fail(null);
        OperationId start = replica.vms().start(cloud.caller(), new VmId(failed.targetId()));
        assertThat(end(replica, start).status()).isEqualTo(OperationStatus.SUCCEEDED);
    }

    private OperationId restore(BackupId backup, String name, DiskOrigin.Mode mode) {
        return replica.part(Restores.class).restore(cloud.caller(), backup, new Restores.Asked(name, mode), null);
    }

    private Backup get(BackupId backup) {
        return replica.backups().get(cloud.caller(), backup);
    }
}
