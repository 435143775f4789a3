package dev.yado.flow;

import static dev.yado.flow.TestingCloud.end;
import static dev.yado.flow.TestingCloud.small;
import static dev.yado.flow.TestingCloud.stopped;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.backup.Backup;
import dev.yado.backup.Backups;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.protocol.backup.BackupAnswer.Consistency;
import dev.yado.protocol.backup.BackupAnswer.DiskChanges.Found;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.simulator.SimulatedHost;
import dev.yado.vm.VmMoves;
import dev.yado.vm.VmState;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BackupVmTest {
    private final TestingCloud cloud = new TestingCloud();
    private SimulatedHost first;
    private ControllerReplica replica;

    @BeforeEach
    void begin() {
        first = cloud.host(16, 16_384);
        replica = cloud.replica();
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    @Test
    void readsAllTheFirstTimeAndWhatHasChangedTheSecond() {
        VmId vm = cloud.running(replica);

        Backup full = get(cloud.backup(replica, vm));
        Backup changes = get(cloud.backup(replica, vm));

        assertThat(full.state()).isEqualTo(Backup.State.AVAILABLE);
        assertThat(full.verifiedAt()).isNotNull();
        assertThat(said(full).disks()).allMatch(disk -> disk.found() == Found.FULL);
        assertThat(changes.previous()).isEqualTo(full.job());
        assertThat(said(changes).disks()).allMatch(disk -> disk.found() == Found.BITMAP);
        assertThat(cloud.repository().backups()).containsExactlyInAnyOrder(full.job(), changes.job());
    }

    @Test
    void saysThatAStoppedVmWasStopped() {
        VmId vm = new VmId(end(replica, replica.vms().create(cloud.caller(), stopped(small())))
                .targetId());

        Backup backup = get(cloud.backup(replica, vm));

        assertThat(said(backup).point())
                .isNotNull()
                .satisfies(point -> assertThat(point.consistency()).isEqualTo(Consistency.STOPPED));
    }

    @Test
    void takesOneOfAVmAtATimeAndNamesTheOneThatIsUnderWay() {
        VmId vm = cloud.running(replica);
        first.holdWork(true);
        OperationId open = take(vm);

        assertThatThrownBy(() -> take(vm)).isInstanceOfSatisfying(YadoException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT);
            assertThat(e).hasMessageContaining(open.toString());
        });

        first.holdWork(false);
        assertThat(end(replica, open).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(end(replica, take(vm)).status()).isEqualTo(OperationStatus.SUCCEEDED);
    }

    @Test
    void isTakenAnewWhereTheVmArrivesWhenItMovesMeanwhile() {
        VmId vm = cloud.running(replica);
        SimulatedHost second = cloud.joined(cloud.host(16, 16_384));
        first.holdWork(true);
        OperationId backup = take(vm);
        await().atMost(10, SECONDS).until(() -> get(backupOf(backup)).answer() != null);
        BackupId attempt = get(backupOf(backup)).job();

        OperationId move = replica.part(VmMoves.class).move(cloud.caller(), vm, null, MigrationGoal.DEFAULT);
        first.holdWork(false);

        assertThat(end(replica, move).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(end(replica, backup).status()).isEqualTo(OperationStatus.SUCCEEDED);
        Backup taken = get(backupOf(backup));
        assertThat(taken.state()).isEqualTo(Backup.State.AVAILABLE);
        if (!taken.job().equals(attempt)) {
            assertThat(taken.host()).isEqualTo(second.id());
        }
        await().atMost(10, SECONDS).until(() -> cloud.leftovers() == 0);
        assertThat(cloud.repository().backups()).containsExactly(taken.job());
    }

    @Test
    void waitsForTheEndOfAMoveThatIsUnderWay() {
        VmId vm = cloud.running(replica);
        SimulatedHost second = cloud.joined(cloud.host(16, 16_384));
        second.holdWork(true);
        OperationId move = replica.part(VmMoves.class).move(cloud.caller(), vm, null, MigrationGoal.DEFAULT);
        await().atMost(10, SECONDS).until(() -> second.stateOf(vm) != null);

        OperationId backup = take(vm);
        await().atMost(10, SECONDS)
                .until(() -> String.valueOf(view(backup).waitReason()).contains("backed up where it arrives"));
        second.holdWork(false);

        assertThat(end(replica, move).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(end(replica, backup).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(get(backupOf(backup)).host()).isEqualTo(second.id());
    }

    @Test
    void endsWhenTheVmIsDeletedAndLeavesNothing() {
        VmId vm = cloud.running(replica);
        first.holdWork(true);
        OperationId backup = take(vm);
        await().atMost(10, SECONDS).until(() -> get(backupOf(backup)).answer() != null);

        OperationId delete = replica.vms().delete(cloud.caller(), vm);
        first.holdWork(false);

        assertThat(end(replica, delete).status()).isEqualTo(OperationStatus.SUCCEEDED);
        OperationView ended = end(replica, backup);
        if (ended.status() == OperationStatus.FAILED) {
            assertThat(ended.error())
                    .isNotNull()
                    .satisfies(error -> assertThat(error.code()).isEqualTo("CONFLICT"));
            assertThat(get(backupOf(backup)).state()).isEqualTo(Backup.State.FAILED);
        }
        assertThatThrownBy(() -> take(vm)).hasMessageContaining("does not exist");
    }

    @Test
    void outlivesItsVm() {
        VmId vm = cloud.running(replica);
        BackupId backup = cloud.backup(replica, vm);

        end(replica, replica.vms().delete(cloud.caller(), vm));

        assertThat(get(backup).state()).isEqualTo(Backup.State.AVAILABLE);
        assertThat(cloud.repository().backups()).hasSize(1);
    }

    @Test
    void isGoneOnWithWhenTheDaemonWasRestarted() {
        VmId vm = cloud.running(replica);
        first.holdWork(true);
        OperationId backup = take(vm);
        await().atMost(10, SECONDS).until(() -> get(backupOf(backup)).answer() != null);

        first.restart();
        first.holdWork(false);

        assertThat(end(replica, backup).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(get(backupOf(backup)).attempts()).isEqualTo(2);
    }

    @Test
    void failsWithTheHostsWordWhenAnotherAttemptCannotMendIt() {
        VmId vm = cloud.running(replica);
        first.holdWork(true);
        OperationId backup = take(vm);
        await().atMost(10, SECONDS).until(() -> get(backupOf(backup)).answer() != null);

        first.failBackups(new BackupAnswer.Failure(ErrorCode.REPOSITORY_FULL, "no room is left"));
        first.holdWork(false);

        OperationView ended = end(replica, backup);
        assertThat(ended.error()).isEqualTo(new OperationView.ErrorView("REPOSITORY_FULL", "no room is left"));
        assertThat(get(backupOf(backup)).state()).isEqualTo(Backup.State.FAILED);
    }

    @Test
    void isTakenThoughTheVmIsStoppedMeanwhile() {
        VmId vm = cloud.running(replica);
        OperationId backup = take(vm);

        OperationId stop = replica.vms().stop(cloud.caller(), vm, StopPolicy.HARD);

        assertThat(end(replica, stop).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(end(replica, backup).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(replica.vms().get(cloud.caller(), vm).state()).isEqualTo(VmState.STOPPED);
    }

    @Test
    void isDeletedWhileItIsTaken() {
        VmId vm = cloud.running(replica);
        first.holdWork(true);
        OperationId backup = take(vm);
        await().atMost(10, SECONDS).until(() -> get(backupOf(backup)).answer() != null);

        OperationId delete = replica.backups().delete(cloud.caller(), backupOf(backup), IfMatch.ANY);
        first.holdWork(false);

        assertThat(end(replica, delete).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(end(replica, backup).status()).isEqualTo(OperationStatus.CANCELLED);
        assertThat(cloud.repository().backups()).isEmpty();
        assertThat(cloud.rowsOf(backupOf(backup))).isZero();
    }

    @Test
    void isNotShownToOtherTenants() {
        BackupId backup = cloud.backup(replica, cloud.running(replica));
        Caller other = new Caller.Tenant(TenantId.random());

        assertThatThrownBy(() -> replica.backups().get(other, backup))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
        assertThatThrownBy(() -> replica.backups().delete(other, backup, IfMatch.ANY))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    }

    @Test
    void waitsForItsRepositoryToBeRemovedFromIt() {
        BackupId backup = cloud.backup(replica, cloud.running(replica));
        cloud.repository().fail("it is not mounted");

        OperationId delete = replica.backups().delete(cloud.caller(), backup, IfMatch.ANY);
        await().atMost(10, SECONDS)
                .until(() -> String.valueOf(view(delete).waitReason()).contains("REPOSITORY_UNAVAILABLE"));

        assertThat(get(backup).state()).isEqualTo(Backup.State.DELETING);
        cloud.repository().fail(null);
    }

    private OperationId take(VmId vm) {
        return replica.backups().take(cloud.caller(), vm, Backups.Asked.DEFAULT);
    }

    private OperationView view(OperationId operation) {
        return replica.operations().find(operation).orElseThrow();
    }

    private BackupId backupOf(OperationId operation) {
        return new BackupId(view(operation).targetId());
    }

    private Backup get(BackupId backup) {
        return replica.backups().get(cloud.caller(), backup);
    }

    private static BackupAnswer said(Backup backup) {
        return Objects.requireNonNull(backup.answer());
    }

    @Test
    void whatItsRepositoryKeepsIsNotDeletedBefore() {
        BackupId backup = cloud.backup(replica, cloud.running(replica));
        retainUntil(backup, "2999-01-01T00:00:00Z");

        assertThatThrownBy(() -> replica.backups().delete(cloud.caller(), backup, IfMatch.ANY))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BACKUP_RETAINED));
        assertThat(get(backup).state()).isEqualTo(Backup.State.AVAILABLE);

        retainUntil(backup, "2001-01-01T00:00:00Z");
        OperationId delete = replica.backups().delete(cloud.caller(), backup, IfMatch.ANY);
        assertThat(end(replica, delete).status()).isEqualTo(OperationStatus.SUCCEEDED);
    }

    private void retainUntil(BackupId backup, String time) {
        cloud.jdbc()
                .update(
                        "UPDATE backup SET answer = jsonb_set(answer, '{result,retainUntil}', to_jsonb(?::text)) WHERE id = ?",
                        time,
                        backup.value());
    }
}
