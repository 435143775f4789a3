package dev.yado.flow;

import static dev.yado.flow.TestingCloud.end;
import static dev.yado.flow.TestingCloud.small;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.yado.flow.Sabotage.What;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.simulator.SimulatedHost;
import dev.yado.vm.VmState;
import dev.yado.vm.VmView;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Every flow, step by step, in three ways: each step does everything twice; the controller dies before or after each step's work and
 * another takes over; each step fails. Whatever happens the operation ends, the VM is as it was asked to be or says why not, it ran
 * no more often than it was started, and it can be deleted without a trace. A new flow is one more line in {@link #FLOWS}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class FlowContractTest {
    private final TestingCloud cloud = new TestingCloud();

    FlowContractTest() {
        cloud.host(64, 65_536);
        cloud.host(64, 65_536);
    }

    /** @param boots how often the guest may have been booted in the end */
    private record Scenario(
            Class<? extends Enum<?>> steps,
            String kind,
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

    private static final Given NEW = (cloud, _) -> VmId.random();
    private static final Given RUNNING = TestingCloud::running;
    private static final Given STOPPED = (cloud, replica) -> {
        VmId vm = cloud.running(replica);
        end(replica, replica.vms().stop(cloud.caller(), vm, StopPolicy.HARD));
        return vm;
    };
    private static final Given PAUSED = (cloud, replica) -> {
        VmId vm = cloud.running(replica);
        end(replica, replica.vms().pause(cloud.caller(), vm));
        return vm;
    };

    private static final List<Scenario> FLOWS = List.of(
            new Scenario(
                    CreateVm.Steps.class,
                    "CreateVm",
                    NEW,
                    (c, r, _) -> r.vms().create(c.caller(), small()),
                    VmState.RUNNING,
                    1),
            new Scenario(
                    StartVm.Steps.class,
                    "StartVm",
                    STOPPED,
                    (c, r, vm) -> r.vms().start(c.caller(), vm),
                    VmState.RUNNING,
                    2),
            new Scenario(
                    StopVm.Steps.class,
                    "StopVm",
                    RUNNING,
                    (c, r, vm) -> r.vms().stop(c.caller(), vm, StopPolicy.HARD),
                    VmState.STOPPED,
                    1),
            new Scenario(
                    RebootVm.Steps.class,
                    "RebootVm",
                    RUNNING,
                    (c, r, vm) -> r.vms().reboot(c.caller(), vm),
                    VmState.RUNNING,
                    1),
            new Scenario(
                    PauseVm.Steps.class,
                    "PauseVm",
                    RUNNING,
                    (c, r, vm) -> r.vms().pause(c.caller(), vm),
                    VmState.PAUSED,
                    1),
            new Scenario(
                    ResumeVm.Steps.class,
                    "ResumeVm",
                    PAUSED,
                    (c, r, vm) -> r.vms().resume(c.caller(), vm),
                    VmState.RUNNING,
                    1),
            new Scenario(
                    DeleteVm.Steps.class,
                    "DeleteVm",
                    RUNNING,
                    (c, r, vm) -> r.vms().delete(c.caller(), vm),
                    null,
                    1));

    @AfterAll
    void close() {
        cloud.close();
    }

    @TestFactory
    Stream<DynamicTest> eachStepMayRunTwice() {
        return everyStep(What.RUNS_TWICE, this::endsAsAsked);
    }

    @TestFactory
    Stream<DynamicTest> anotherTakesOverWhenTheControllerDiesBeforeAStep() {
        return everyStep(What.DIES_BEFORE, this::endsAsAsked);
    }

    @TestFactory
    Stream<DynamicTest> anotherTakesOverWhenTheControllerDiesBeforeTheCommit() {
        return everyStep(What.DIES_AFTER, this::endsAsAsked);
    }

    @TestFactory
    Stream<DynamicTest> aFailureAtEachStepLeavesNothingThatCannotBeDeleted() {
        return everyStep(What.GIVES_UP, this::failsAndCanBeDeleted);
    }

    private Stream<DynamicTest> everyStep(What what, java.util.function.BiConsumer<Scenario, Sabotage> test) {
        return FLOWS.stream()
                .flatMap(flow -> Arrays.stream(flow.steps().getEnumConstants())
                        .map(step -> dynamicTest(
                                flow.kind() + " " + step,
                                () -> test.accept(flow, new Sabotage(flow.kind(), step.name(), what)))));
    }

    private void endsAsAsked(Scenario flow, Sabotage sabotage) {
        try (ControllerReplica first = cloud.replica()) {
            VmId given = flow.given().in(cloud, first);
            OperationId operation;
            try (ControllerReplica second = between(first, sabotage)) {
                operation = flow.when().asked(cloud, second, given);
                try (ControllerReplica third = cloud.replica()) {
                    OperationView view = end(third, operation);
                    assertThat(view.status()).as("%s", view).isEqualTo(OperationStatus.SUCCEEDED);
                    VmId vm = new VmId(view.targetId());
                    if (flow.then() == null) {
                        assertThat(cloud.rowsOf(vm)).isZero();
                    } else {
                        // On a busy machine a host may be silent for longer than its lease.
                        VmView seen = await().atMost(10, SECONDS)
                                .until(
                                        () -> third.vms().get(cloud.caller(), vm),
                                        now -> now.state() != VmState.UNKNOWN);
                        assertThat(seen.state()).isEqualTo(flow.then());
                        assertThat(cloud.hostOf(seen).bootsOf(vm)).isEqualTo(flow.boots());
                        end(third, third.vms().delete(cloud.caller(), vm));
                    }
                }
            }
        }
    }

    /** The replica that made the VM goes, one that is sabotaged comes. */
    private ControllerReplica between(ControllerReplica first, Sabotage sabotage) {
        ControllerReplica next = cloud.replica(sabotage);
        first.close();
        return next;
    }

    private void failsAndCanBeDeleted(Scenario flow, Sabotage sabotage) {
        VmId vm;
        SimulatedHost host = null;
        try (ControllerReplica first = cloud.replica()) {
            VmId given = flow.given().in(cloud, first);
            try (ControllerReplica second = between(first, sabotage)) {
                OperationView view = end(second, flow.when().asked(cloud, second, given));
                assertThat(view.status()).isEqualTo(OperationStatus.FAILED);
                assertThat(view.error()).isEqualTo(new OperationView.ErrorView("INTERNAL", "injected failure"));
                vm = new VmId(view.targetId());
                VmView seen = second.vms().get(cloud.caller(), vm);
                host = seen.host() == null ? null : cloud.hostOf(seen);
            }
        }
        try (ControllerReplica third = cloud.replica()) {
            assertThat(end(third, third.vms().delete(cloud.caller(), vm)).status())
                    .isEqualTo(OperationStatus.SUCCEEDED);
            assertThat(cloud.rowsOf(vm)).isZero();
            if (host != null && host.stateOf(vm) != null) {
                assertThat(host.stateOf(vm)).isEqualTo(ObservedState.ABSENT);
            }
        }
    }
}
