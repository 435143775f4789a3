package dev.yado.recovery;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.drift.DriftEntry;
import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.simulator.SimulatedHost;
import dev.yado.vm.VmState;
import dev.yado.vm.VmView;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A controller that works on rows of yesterday, while its hosts have gone on. */
@Timeout(120)
class RestoredControllerTest {
    private final TestingCloud cloud = new TestingCloud();
    private final SimulatedHost host = cloud.host(16, 16384);
    private ControllerReplica controller = cloud.replica();

    @TempDir
    private Path files;

    @AfterEach
    void close() {
        cloud.close();
    }

    private DataSource database() {
        return Objects.requireNonNull(cloud.jdbc().getDataSource());
    }

    private Dump backUp() throws SQLException, IOException {
        try (Connection session = database().getConnection()) {
            session.setAutoCommit(false);
            Dump dump = DatabaseDump.write(session, files.resolve("dump"));
            session.rollback();
            return dump;
        }
    }

    /** As on a fresh machine: all rows are those of the dump, and another controller begins to work on them. */
    private void restore(Dump dump) throws SQLException, IOException {
        controller.die();
        try (Connection session = database().getConnection()) {
            session.setAutoCommit(false);
            DatabaseDump.load(session, dump, (out, offset, length) -> {
                try (FileChannel file = FileChannel.open(files.resolve("dump"), StandardOpenOption.READ)) {
                    InputStream in = Channels.newInputStream(file.position(offset));
                    out.write(in.readNBytes(Math.toIntExact(length)));
                }
            });
            Aftermath.of(session, BackupId.random(), Instant.now());
            session.commit();
        }
        controller = cloud.replica();
    }

    private void hostsLook() {
        for (SimulatedHost each : cloud.hosts()) {
            controller.inventories().accept(each.inventory(List.of()));
        }
    }

    private VmView seen(VmId vm) {
        return controller.vms().get(cloud.caller(), vm);
    }

    private void awaitState(VmId vm, VmState state) {
        await(vm + " to be " + state).atMost(30, SECONDS).until(() -> {
            hostsLook();
            return seen(vm).state() == state;
        });
    }

    private void done(OperationId operation) {
        OperationView ended = TestingCloud.end(controller, operation);
        assertThat(ended.status()).as(ended.toString()).isEqualTo(OperationStatus.SUCCEEDED);
    }

    private long epoch(VmId vm) {
        return Objects.requireNonNull(
                cloud.jdbc().queryForObject("SELECT run_epoch FROM vm WHERE id = ?", Long.class, vm.value()));
    }

    @Test
    void whatHostsWereToldAfterTheBackupIsWhatIsWanted() throws Exception {
        VmId untouched = cloud.running(controller);
        VmId stoppedSince = cloud.running(controller);
        VmId startedSince = cloud.running(controller);
        done(controller.vms().stop(cloud.caller(), startedSince, StopPolicy.HARD));
        VmId startedTwiceSince = cloud.running(controller);
        Dump dump = backUp();
        done(controller.vms().stop(cloud.caller(), stoppedSince, StopPolicy.HARD));
        done(controller.vms().start(cloud.caller(), startedSince));
        for (int i = 0; i < 2; i++) {
            done(controller.vms().stop(cloud.caller(), startedTwiceSince, StopPolicy.HARD));
            done(controller.vms().start(cloud.caller(), startedTwiceSince));
        }
        long epochBefore = epoch(startedTwiceSince);

        restore(dump);

        assertThat(epoch(startedTwiceSince)).as("the rows are of before").isLessThan(epochBefore);
        awaitState(untouched, VmState.RUNNING);
        awaitState(stoppedSince, VmState.STOPPED);
        awaitState(startedSince, VmState.RUNNING);
        awaitState(startedTwiceSince, VmState.RUNNING);
        assertThat(seen(stoppedSince).desired()).isEqualTo(DesiredState.STOPPED);
        assertThat(epoch(startedTwiceSince)).isEqualTo(epochBefore);
        assertThat(host.stateOf(stoppedSince)).isEqualTo(ObservedState.STOPPED);
        for (VmId vm : List.of(untouched, stoppedSince, startedSince, startedTwiceSince)) {
            done(controller.vms().stop(cloud.caller(), vm, StopPolicy.HARD));
            done(controller.vms().start(cloud.caller(), vm));
        }
        assertThat(epoch(startedTwiceSince)).as("the hosts take it").isGreaterThan(epochBefore);
    }

    @Test
    void nothingIsDoneWithAVmBeforeAHostHasSaidWhatItHolds() throws Exception {
        VmId vm = cloud.running(controller);
        host.link(SimulatedHost.Link.CUT);

        restore(backUp());

        assertThat(seen(vm).state()).isEqualTo(VmState.UNKNOWN);
        assertThatThrownBy(() -> controller.vms().stop(cloud.caller(), vm, StopPolicy.HARD))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.VM_UNCONFIRMED));
        assertThatThrownBy(() -> controller.vms().delete(cloud.caller(), vm))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.VM_UNCONFIRMED));
        host.link(SimulatedHost.Link.WORKS);
        awaitState(vm, VmState.RUNNING);
        done(controller.vms().delete(cloud.caller(), vm));
    }

    @Test
    void oneThatIsGoneSinceIsKeptUntilSomebodyDeletesIt() throws Exception {
        VmId vm = cloud.running(controller);
        Dump dump = backUp();
        done(controller.vms().delete(cloud.caller(), vm));

        restore(dump);

        await("all hosts to have been heard of").atMost(30, SECONDS).until(() -> {
            hostsLook();
            return String.valueOf(seen(vm).stateReason()).contains("no host holds anything of it");
        });
        assertThat(seen(vm).state()).isEqualTo(VmState.UNKNOWN);
        assertThat(host.stateOf(vm)).as("it does not come back").isEqualTo(ObservedState.ABSENT);
        done(controller.vms().delete(cloud.caller(), vm));
        assertThat(cloud.rowsOf(vm)).isZero();
    }

    @Test
    void oneThatWasMadeSinceIsToldAndLeftAlone() throws Exception {
        VmId known = cloud.running(controller);
        Dump dump = backUp();
        VmId unknown = cloud.running(controller);

        restore(dump);

        awaitState(known, VmState.RUNNING);
        await("the ledger to name the stranger").atMost(30, SECONDS).until(() -> {
            hostsLook();
            return controller.drift().lasting(EnumSet.of(DriftKind.GUEST_WITHOUT_ROW)).stream()
                    .map(DriftEntry::vm)
                    .anyMatch(unknown::equals);
        });
        assertThat(host.stateOf(unknown)).isEqualTo(ObservedState.RUNNING);
    }

    @Test
    void whatWasUnderWayHasEndedAndSaysWhy() throws Exception {
        host.holdWork(true);
        OperationId create = controller.vms().create(cloud.caller(), TestingCloud.small());
        await("the host to have been told")
                .atMost(30, SECONDS)
                .until(() -> !cloud.jdbc()
                        .queryForList("SELECT 1 FROM operation WHERE step = 'SETTLE'", Integer.class)
                        .isEmpty());

        restore(backUp());
        host.holdWork(false);

        OperationView ended = TestingCloud.end(controller, create);
        assertThat(Objects.requireNonNull(ended.error()).code()).isEqualTo("CONTROLLER_RESTORED");
        awaitState(new VmId(ended.targetId()), VmState.RUNNING);
    }
}
