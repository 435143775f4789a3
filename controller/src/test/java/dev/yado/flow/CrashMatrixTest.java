package dev.yado.flow;

import static dev.yado.flow.TestingCloud.end;
import static dev.yado.flow.TestingCloud.networked;
import static dev.yado.flow.TestingCloud.small;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.yado.RestartablePostgres;
import dev.yado.api.IfMatch;
import dev.yado.backup.Backups;
import dev.yado.backup.InPlace;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.simulator.SimulatedHost;
import dev.yado.simulator.SimulatedHost.Moment;
import dev.yado.snapshot.Clones;
import dev.yado.snapshot.Snapshots;
import dev.yado.vm.NewVm;
import dev.yado.vm.VmMoves;
import dev.yado.vm.VmState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Every flow, at every step, with every crash: the controller, the daemons, both at the same instant, PostgreSQL. What died is
 * started again and nothing else is done. The operation ends as asked, the guest ran as often as it may, a delete leaves nothing.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CrashMatrixTest {
    private static final String NAME = "crashing";
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final RestartablePostgres postgres = new RestartablePostgres();
    private final TestingCloud cloud = new TestingCloud(postgres.url());
    private final List<SimulatedHost> hosts = List.of(cloud.host(64, 65_536), cloud.host(64, 65_536));
    private final CrashPoint point = new CrashPoint();
    private final List<String> table = new ArrayList<>();
    private ControllerReplica replica = cloud.replica(NAME, point);

    private enum Crash {
        CONTROLLER,
        DAEMON,
        BOTH,
        DATABASE;

        boolean endsController() {
            return this == CONTROLLER || this == BOTH;
        }

        boolean endsDaemons() {
            return this == DAEMON || this == BOTH;
        }
    }

    /**
     * @param steps at which it is to crash
     * @param boots how often the guest may have been booted in the end
     */
    private record Case(
            String kind,
            List<String> steps,
            Given given,
            When when,
            @Nullable VmState then,
            int boots) {}

    private interface Given {
        VmId in(TestingCloud cloud, ControllerReplica replica);
    }

    private interface When {
        OperationId asked(TestingCloud cloud, ControllerReplica replica, VmId vm);
    }

    private static final Given NEW = (_, _) -> VmId.random();
    private static final Given RUNNING = TestingCloud::running;
    private static final Given STOPPED_WITH_A_CARD = (cloud, replica) -> {
        NewVm wanted = networked(cloud.network(replica, "10.0.0.0/24"));
        VmId vm = new VmId(
                end(replica, replica.vms().create(cloud.caller(), wanted)).targetId());
        end(replica, replica.vms().stop(cloud.caller(), vm, StopPolicy.HARD));
        return vm;
    };
    private static final Given RUNNING_WITH_A_CARD = (cloud, replica) -> new VmId(end(
                    replica, replica.vms().create(cloud.caller(), networked(cloud.network(replica, "10.0.0.0/24"))))
            .targetId());
    private static final Given BACKED_UP = (cloud, replica) -> {
        VmId vm = cloud.running(replica);
        cloud.backup(replica, vm);
        return vm;
    };
    private static final Given WITH_A_SNAPSHOT = (cloud, replica) -> {
        VmId vm = cloud.running(replica);
        cloud.snapshot(replica, vm);
        return vm;
    };
    private static final Given STOPPED_WITH_A_SNAPSHOT = (cloud, replica) -> {
        VmId vm = cloud.running(replica);
        cloud.snapshot(replica, vm);
        end(replica, replica.vms().stop(cloud.caller(), vm, StopPolicy.HARD));
        return vm;
    };
    private static final Given STOPPED_WITH_A_BACKUP = (cloud, replica) -> {
        VmId vm = cloud.running(replica);
        cloud.backup(replica, vm);
        end(replica, replica.vms().stop(cloud.caller(), vm, StopPolicy.HARD));
        return vm;
    };
    private static final Given PAUSED = (cloud, replica) -> {
        VmId vm = cloud.running(replica);
        end(replica, replica.vms().pause(cloud.caller(), vm));
        return vm;
    };

    /** The step of a create whose VM has cards; the others are tried without. */
    private static final String OF_CARDS = "NETWORK";

    private static Stream<String> all(Class<? extends Enum<?>> steps) {
        return Arrays.stream(steps.getEnumConstants()).map(Enum::name);
    }

    private static final List<Case> CASES = List.of(
            new Case(
                    "CreateVm",
                    all(CreateVm.Steps.class)
                            .filter(step -> !step.equals(OF_CARDS))
                            .toList(),
                    NEW,
                    (c, r, _) -> r.vms().create(c.caller(), small()),
                    VmState.RUNNING,
                    1),
            new Case(
                    "CreateVm",
                    List.of(OF_CARDS),
                    NEW,
                    (c, r, _) -> r.vms().create(c.caller(), networked(c.network(r, "10.0.0.0/24"))),
                    VmState.RUNNING,
                    1),
            new Case(
                    "CreateVm",
                    List.of("DEFINE", "SETTLE"),
                    WITH_A_SNAPSHOT,
                    (c, r, vm) ->
                            r.part(Clones.class).make(c.caller(), c.snapshotOf(vm), new Clones.Asked("copy"), null),
                    VmState.RUNNING,
                    1),
            new Case(
                    "StartVm",
                    all(StartVm.Steps.class).toList(),
                    STOPPED_WITH_A_CARD,
                    (c, r, vm) -> r.vms().start(c.caller(), vm),
                    VmState.RUNNING,
                    2),
            new Case(
                    "ResizeDisk",
                    all(ResizeDisk.Steps.class).toList(),
                    STOPPED_WITH_A_CARD,
                    (c, r, vm) -> r.vms().resize(c.caller(), vm, c.disk(r, vm), Mebibytes.ofGibibytes(3)),
                    VmState.STOPPED,
                    1),
            new Case(
                    "StopVm",
                    all(StopVm.Steps.class).toList(),
                    RUNNING,
                    (c, r, vm) -> r.vms().stop(c.caller(), vm, StopPolicy.HARD),
                    VmState.STOPPED,
                    1),
            new Case(
                    "RebootVm",
                    all(RebootVm.Steps.class).toList(),
                    RUNNING,
                    (c, r, vm) -> r.vms().reboot(c.caller(), vm),
                    VmState.RUNNING,
                    1),
            new Case(
                    "PauseVm",
                    all(PauseVm.Steps.class).toList(),
                    RUNNING,
                    (c, r, vm) -> r.vms().pause(c.caller(), vm),
                    VmState.PAUSED,
                    1),
            new Case(
                    "ResumeVm",
                    all(ResumeVm.Steps.class).toList(),
                    PAUSED,
                    (c, r, vm) -> r.vms().resume(c.caller(), vm),
                    VmState.RUNNING,
                    1),
            new Case(
                    "MigrateVm",
                    all(MigrateVm.Steps.class).toList(),
                    RUNNING_WITH_A_CARD,
                    (c, r, vm) -> r.part(VmMoves.class).move(c.caller(), vm, null, MigrationGoal.DEFAULT),
                    VmState.RUNNING,
                    1),
            new Case(
                    "BackupVm",
                    all(BackupVm.Steps.class).toList(),
                    RUNNING,
                    (c, r, vm) -> r.backups().take(c.caller(), vm, Backups.Asked.DEFAULT),
                    VmState.RUNNING,
                    1),
            new Case(
                    "DeleteBackup",
                    all(DeleteBackup.Steps.class).toList(),
                    BACKED_UP,
                    (c, r, vm) -> r.backups().delete(c.caller(), c.backupOf(vm), IfMatch.ANY),
                    VmState.RUNNING,
                    1),
            new Case(
                    "SnapshotVm",
                    all(SnapshotVm.Steps.class).toList(),
                    RUNNING,
                    (c, r, vm) -> r.snapshots().take(c.caller(), vm, Snapshots.Asked.DEFAULT),
                    VmState.RUNNING,
                    1),
            new Case(
                    "RevertSnapshot",
                    all(RevertSnapshot.Steps.class).toList(),
                    STOPPED_WITH_A_SNAPSHOT,
                    (c, r, vm) -> r.snapshots().revert(c.caller(), c.snapshotOf(vm), IfMatch.ANY),
                    VmState.STOPPED,
                    1),
            new Case(
                    "DeleteSnapshot",
                    all(DeleteSnapshot.Steps.class).toList(),
                    WITH_A_SNAPSHOT,
                    (c, r, vm) -> r.snapshots().delete(c.caller(), c.snapshotOf(vm), IfMatch.ANY),
                    VmState.RUNNING,
                    1),
            new Case(
                    "RestoreInPlace",
                    all(RestoreInPlace.Steps.class).toList(),
                    STOPPED_WITH_A_BACKUP,
                    (c, r, vm) -> r.part(InPlace.class)
                            .restore(c.caller(), c.backupOf(vm), new InPlace.Asked(null, null), null),
                    VmState.STOPPED,
                    1),
            new Case(
                    "DeleteVm",
                    all(DeleteVm.Steps.class).toList(),
                    RUNNING,
                    (c, r, vm) -> r.vms().delete(c.caller(), vm),
                    null,
                    1));

    @AfterAll
    void printAndClose() {
        System.out.println("Crash matrix on simulated hosts\n"
                + "%-10s %-8s %-11s %-28s %s%n".formatted("flow", "step", "crash", "ended", "after")
                + String.join("\n", table));
        cloud.close();
        postgres.close();
    }

    @TestFactory
    @Timeout(240)
    Stream<DynamicTest> everyFlowSurvivesEveryCrashAtEveryStep() {
        return CASES.stream()
                .flatMap(flow -> flow.steps().stream()
                        .flatMap(step -> Arrays.stream(Crash.values())
                                .map(crash -> dynamicTest(
                                        flow.kind() + " " + step + " " + crash, () -> survives(flow, step, crash)))));
    }

    private void survives(Case flow, String step, Crash crash) throws Exception {
        VmId given = flow.given().in(cloud, replica);
        CountDownLatch crashed = new CountDownLatch(1);
        plan(flow, step, crash, crashed);

        OperationId operation = flow.when().asked(cloud, replica, given);
        assertThat(crashed.await(10, SECONDS)).as("the crash came").isTrue();
        long begin = System.nanoTime();
        startAgain(crash);

        OperationView view = patiently(() -> end(replica, operation));
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        assertThat(view.status()).as("%s", view).isEqualTo(OperationStatus.SUCCEEDED);
        VmId vm = view.kind().contains("Backup")
                        || view.kind().contains("Snapshot")
                        || view.kind().equals(Snapshots.RESTORE)
                ? given
                : new VmId(view.targetId());
        VmState state = flow.then() == null ? null : settled(vm);
        table.add("%-10s %-8s %-11s %-28s %d ms"
                .formatted(
                        flow.kind(),
                        step,
                        crash,
                        view.status() + " " + (state == null ? "nothing left" : state),
                        took.toMillis()));
        assertThat(state).isEqualTo(flow.then());
        assertThat(cloud.witness().runsOf(vm)).as("runs").isEqualTo(flow.boots());
        assertThat(cloud.witness().offences()).isEmpty();
        if (!vm.equals(given) && patiently(() -> cloud.rowsOf(given)) > 0) {
            OperationId delete = patiently(() -> replica.vms().delete(cloud.caller(), given));
            assertThat(patiently(() -> end(replica, delete)).status()).isEqualTo(OperationStatus.SUCCEEDED);
        }
        leavesNothing(vm, state);
        leavesNoBackupBut(view);
        if (crash == Crash.DATABASE) {
            cloud.renewConnections();
        }
    }

    /**
     * The controller and PostgreSQL die when the step's work is done and not committed. A daemon dies in the middle of what it does for
     * the step: with the call on its disk and not answered, or with the work done and not reported.
     */
    private void plan(Case flow, String step, Crash crash, CountDownLatch crashed) {
        Moment moment = crash.endsDaemons() ? momentIn(flow.kind(), step) : null;
        if (moment != null) {
            ControllerReplica present = replica;
            hosts.forEach(host -> host.dieAt(moment, () -> {
                if (crash.endsController()) {
                    present.die();
                }
                crashed.countDown();
            }));
            return;
        }
        point.arm(flow.kind(), step, kill -> {
            if (crash.endsDaemons()) {
                hosts.forEach(SimulatedHost::die);
            }
            if (crash == Crash.DATABASE) {
                postgres.restart();
            }
            crashed.countDown();
            if (crash.endsController()) {
                // Closing waits for the connection that this very step holds.
                Thread.startVirtualThread(kill);
                throw new Sabotage.Killed(flow.kind() + " " + step);
            }
        });
    }

    /** Null for a step in which no daemon has a part. */
    private static @Nullable Moment momentIn(String kind, String step) {
        return switch (step) {
            case "DEFINE", "SEND" -> Moment.CALL_ACCEPTED;
            case "REMOVE" -> kind.equals("DeleteVm") ? Moment.CALL_ACCEPTED : null;
            case "SETTLE" -> kind.equals("MigrateVm") ? null : Moment.WORK_DONE;
            case "PREPARE" -> kind.equals("MigrateVm") ? Moment.CALL_ACCEPTED : null;
            case "TAKE", "REVERT", "FLATTEN", "RESTORE" -> Moment.WORK_DONE;
            case "FORGET" -> Moment.CALL_ARRIVES;
            case "TRANSFER" -> Moment.SWITCHED;
            case "OWN" -> Moment.GO_DONE;
            // A host that is only to start the VM has its networks already.
            case OF_CARDS -> kind.equals("CreateVm") ? Moment.CALL_ACCEPTED : null;
            case "PLACE", "PREFLIGHT" -> null;
            case "RELEASE" -> kind.equals("MigrateVm") ? Moment.WORK_DONE : null;
            default -> throw new IllegalArgumentException("say at which moment a daemon is to die in step " + step);
        };
    }

    private void startAgain(Crash crash) {
        if (crash.endsController()) {
            // Its threads end with errors, which are what a kill looks like.
            await("the controller to be dead").dontCatchUncaughtExceptions().until(() -> !replica.alive());
            replica.close();
            replica = cloud.replica(NAME, point);
        }
        if (crash.endsDaemons()) {
            // One of them died, the other is as well started again.
            hosts.forEach(SimulatedHost::restart);
        }
    }

    /** A host that was silent for longer than its lease makes its VMs unknown until its next report. */
    private VmState settled(VmId vm) {
        return await().dontCatchUncaughtExceptions()
                .atMost(10, SECONDS)
                .until(
                        () -> patiently(
                                () -> replica.vms().get(cloud.caller(), vm).state()),
                        state -> state != VmState.UNKNOWN);
    }

    private void leavesNothing(VmId vm, @Nullable VmState state) {
        if (state != null) {
            OperationId delete = patiently(() -> replica.vms().delete(cloud.caller(), vm));
            assertThat(patiently(() -> end(replica, delete)).status()).isEqualTo(OperationStatus.SUCCEEDED);
        }
        assertThat(patiently(() -> cloud.rowsOf(vm))).isZero();
        assertThat(cloud.witness().running()).isEmpty();
        hosts.forEach(host -> assertThat(host.held()).isEmpty());
    }

    private void leavesNoBackupBut(OperationView view) {
        if (view.kind().equals(Backups.TAKE)) {
            BackupId backup = new BackupId(view.targetId());
            OperationId delete = patiently(() -> replica.backups().delete(cloud.caller(), backup, IfMatch.ANY));
            assertThat(patiently(() -> end(replica, delete)).status()).isEqualTo(OperationStatus.SUCCEEDED);
        }
        if (view.kind().equals(Snapshots.RESTORE)) {
            BackupId backup = cloud.newestBackup();
            OperationId delete = patiently(() -> replica.backups().delete(cloud.caller(), backup, IfMatch.ANY));
            assertThat(patiently(() -> end(replica, delete)).status()).isEqualTo(OperationStatus.SUCCEEDED);
        }
        await().atMost(10, SECONDS)
                .until(() -> patiently(cloud::leftovers) == 0
                        && cloud.repository().backups().isEmpty());
    }

    /** A caller that meets a connection of before PostgreSQL's restart asks again. */
    private static <T> T patiently(Supplier<T> call) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return call.get();
            } catch (DataAccessException | TransactionException broken) {
                if (System.nanoTime() > deadline) {
                    throw broken;
                }
            }
        }
    }
}
