package dev.yado.drift;

import static dev.yado.flow.TestingCloud.end;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.api.Caller;
import dev.yado.api.PageRequest;
import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.operation.OperationStatus;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.HostCapacity;
import dev.yado.protocol.HostFacts;
import dev.yado.protocol.HostId;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.SelfTestReport;
import dev.yado.protocol.UuidV7;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.inventory.DriftFinding;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.protocol.inventory.HostInventory;
import dev.yado.simulator.SimulatedHost;
import dev.yado.vm.VmState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rows and reports are tampered with; the ledger says so, and a rule brings them in order or keeps them from doing harm. */
@Timeout(60)
class DriftLedgerTest {
    private static final Caller ADMINISTRATOR = new Caller.Administrator(null);

    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica controller = cloud.replica();
    private final SimulatedHost host = cloud.host(8, 8192);

    @AfterEach
    void close() {
        cloud.close();
    }

    private void look(SimulatedHost... hosts) {
        for (SimulatedHost each : hosts) {
            if (controller.inventories().accept(each.inventory(List.of())).reportFully()) {
                each.link(SimulatedHost.Link.WORKS);
            }
        }
    }

    private Optional<DriftEntry> entry(DriftKind kind) {
        return controller
                .drift()
                .list(
                        ADMINISTRATOR,
                        PageRequest.of("drift", 100, null),
                        new Drift.Filter(null, null, kind.name(), null, true))
                .items()
                .stream()
                .findFirst();
    }

    private DriftEntry appears(DriftKind kind, SimulatedHost... lookers) {
        return await(kind.name())
                .atMost(20, SECONDS)
                .until(
                        () -> {
                            look(lookers);
                            return entry(kind);
                        },
                        Optional::isPresent)
                .orElseThrow();
    }

    private DriftEntry healed(DriftKind kind, SimulatedHost... lookers) {
        DriftEntry entry = await(kind + " healed")
                .atMost(20, SECONDS)
                .until(
                        () -> {
                            look(lookers);
                            return entry(kind);
                        },
                        found -> found.filter(each -> each.status() == DriftStatus.HEALED)
                                .isPresent())
                .orElseThrow();
        assertThat(entry.healedBy()).isNotNull();
        return entry;
    }

    /** A second host that the controller knows. */
    private SimulatedHost another() {
        return cloud.joined(cloud.host(8, 8192));
    }

    private VmId running() {
        VmId vm = cloud.running(controller);
        look(host);
        return vm;
    }

    private long number(String column, VmId vm) {
        return Optional.ofNullable(cloud.jdbc()
                        .queryForObject("SELECT " + column + " FROM vm WHERE id = ?", Long.class, vm.value()))
                .orElseThrow();
    }

    @Test
    void aCloudInOrderHasAnEmptyLedger() {
        VmId vm = running();
        cloud.host(4, 4096);
        assertThat(end(controller, controller.vms().delete(cloud.caller(), vm)).status())
                .isEqualTo(OperationStatus.SUCCEEDED);
        look(host);
        controller.drift().compare();
        controller.drift().checkInvariants();

        assertThat(controller
                        .drift()
                        .list(
                                ADMINISTRATOR,
                                PageRequest.of("drift", 100, null),
                                new Drift.Filter(null, null, null, null, true))
                        .items())
                .isEmpty();
    }

    @Test
    void anAllocationThatWasRemovedIsPutBack() {
        VmId vm = running();
        cloud.jdbc().update("DELETE FROM allocation WHERE vm_id = ?", vm.value());

        assertThat(healed(DriftKind.ALLOCATION_MISSING, host).healedBy()).isEqualTo("RESTORE_ALLOCATION");
        assertThat(controller.fleet().hostOf(vm)).contains(host.id());
    }

    @Test
    void anAllocationThatWasMovedFollowsItsGuestAndNothingIsSentMeanwhile() {
        VmId vm = running();
        SimulatedHost other = another();
        look(other);
        cloud.jdbc()
                .update(
                        "UPDATE allocation SET host_id = ? WHERE vm_id = ?",
                        other.id().value(),
                        vm.value());

        assertThat(healed(DriftKind.ALLOCATION_MOVED, host, other).healedBy()).isEqualTo("RESTORE_ALLOCATION");
        assertThat(controller.fleet().hostOf(vm)).contains(host.id());
        assertThat(other.stateOf(vm)).isNull();
    }

    @Test
    void aGuestWhoseRowWasRemovedIsKeptAndCanBeAdopted() {
        VmId vm = running();
        VmSpec spec = host.story(vm).spec();
        cloud.jdbc().update("DELETE FROM allocation WHERE vm_id = ?", vm.value());
        cloud.jdbc().update("DELETE FROM vm WHERE id = ?", vm.value());

        DriftEntry entry = appears(DriftKind.GUEST_WITHOUT_ROW, host);
        assertThat(entry.status()).isEqualTo(DriftStatus.QUARANTINED);
        assertThat(host.stateOf(vm)).isEqualTo(ObservedState.RUNNING);
        controller.drift().resolve(ADMINISTRATOR, entry.id(), DriftEntry.Resolution.ADOPT);

        assertThat(healed(DriftKind.GUEST_WITHOUT_ROW, host).healedBy()).isEqualTo("ADMINISTRATOR");
        await().atMost(10, SECONDS)
                .until(() -> controller.vms().get(cloud.caller(), vm).state() == VmState.RUNNING);
        assertThat(host.bootsOf(vm)).isEqualTo(1);
        assertThat(controller.vms().get(cloud.caller(), vm).name())
                .isEqualTo(Objects.requireNonNull(spec).name());
    }

    @Test
    void aGuestWhoseRowWasRemovedCanBeRemoved() {
        VmId vm = running();
        cloud.jdbc().update("DELETE FROM allocation WHERE vm_id = ?", vm.value());
        cloud.jdbc().update("DELETE FROM vm WHERE id = ?", vm.value());
        DriftEntry entry = appears(DriftKind.GUEST_WITHOUT_ROW, host);

        controller.drift().resolve(ADMINISTRATOR, entry.id(), DriftEntry.Resolution.REMOVE);

        healed(DriftKind.GUEST_WITHOUT_ROW, host);
        assertThat(host.stateOf(vm)).isEqualTo(ObservedState.ABSENT);
        assertThatThrownBy(() -> controller.drift().resolve(ADMINISTRATOR, entry.id(), DriftEntry.Resolution.ADOPT))
                .isInstanceOf(YadoException.class)
                .hasMessageContaining("it is over");
    }

    @Test
    void generationsAndRunEpochsThatWereLoweredAreRaisedAboveTheHosts() {
        VmId vm = running();
        end(controller, controller.vms().pause(cloud.caller(), vm));
        end(controller, controller.vms().resume(cloud.caller(), vm));
        look(host);
        long generation = number("generation", vm);
        cloud.jdbc().update("UPDATE vm SET generation = 1, run_epoch = 0 WHERE id = ?", vm.value());

        healed(DriftKind.GENERATION_LOWERED, host);
        healed(DriftKind.EPOCH_LOWERED, host);

        assertThat(number("generation", vm)).isGreaterThan(generation);
        assertThat(number("run_epoch", vm)).isEqualTo(1);
        assertThat(end(controller, controller.vms().pause(cloud.caller(), vm)).status())
                .isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(host.bootsOf(vm)).isEqualTo(1);
    }

    @Test
    void aGenerationThatWasRaisedIsSent() {
        VmId vm = running();
        cloud.jdbc().update("UPDATE vm SET generation = generation + 5 WHERE id = ?", vm.value());

        assertThat(healed(DriftKind.HOST_NOT_TOLD, host).healedBy()).isEqualTo("SEND_AGAIN");
        await().atMost(10, SECONDS).until(() -> host.story(vm).report().generation() == number("generation", vm));
    }

    @Test
    void rowsThatWereChangedUnderASpecMakeANewOne() {
        VmId vm = running();
        cloud.jdbc().update("UPDATE vm SET cmdline = NULL, name = 'renamed by hand' WHERE id = ?", vm.value());
        // The host's spec is looked at again when the host's own inventory changes.
        cloud.jdbc().update("UPDATE guest_found SET spec_digest = 'forgotten' WHERE vm_id = ?", vm.value());

        healed(DriftKind.SPEC_DIFFERS, host);
        await("the host holds what the rows say")
                .atMost(10, SECONDS)
                .until(() ->
                        Objects.requireNonNull(host.story(vm).spec()).name().equals("renamed by hand"));
        assertThat(host.bootsOf(vm)).isEqualTo(1);
    }

    @Test
    void observedColumnsThatWereEditedAreWrittenAgain() {
        VmId vm = running();
        cloud.jdbc()
                .update("UPDATE vm SET observed_state = 'STOPPED', observed_settled = true WHERE id = ?", vm.value());

        assertThat(healed(DriftKind.OBSERVED_EDITED, host).healedBy()).isEqualTo("ASK_FOR_EVERYTHING");
        await().atMost(10, SECONDS)
                .until(() -> controller.vms().get(cloud.caller(), vm).state() == VmState.RUNNING);
    }

    @Test
    void aHostsWordOnWhatItDoesNotHaveCountsForNothing() {
        VmId vm = running();
        SimulatedHost liar = cloud.host(4, 4096);
        liar.holdUnknown(vm);
        await().atMost(10, SECONDS)
                .until(() ->
                        !cloud.jdbc().queryForList("SELECT 1 FROM host_orphan").isEmpty());
        HostInventory nothing = new HostInventory(
                liar.id(), 1, 1, Instant.now(), new HostInventory.Contents(List.of(), List.of(), List.of(), List.of()));
        controller.inventories().accept(nothing);

        DriftEntry entry = appears(DriftKind.WORD_OF_STRANGER);

        assertThat(entry.host()).isEqualTo(liar.id());
        assertThat(entry.status()).isEqualTo(DriftStatus.QUARANTINED);
        assertThat(controller.vms().get(cloud.caller(), vm).host()).isEqualTo(host.id());
    }

    @Test
    void twoHostsWithOneVmGetNoCallsUntilOneLetsGo() {
        VmId vm = running();
        SimulatedHost other = another();
        VmSpec spec = Objects.requireNonNull(host.story(vm).spec());
        other.put(new CallFence(OperationId.random(), "by hand", 1), spec);
        await().atMost(10, SECONDS).until(() -> other.stateOf(vm) == ObservedState.RUNNING);

        appears(DriftKind.GUEST_ON_TWO_HOSTS, host, other);
        OperationId pause = controller.vms().pause(cloud.caller(), vm);
        await("the pause waits")
                .atMost(10, SECONDS)
                .until(() -> String.valueOf(controller
                                .operations()
                                .find(pause)
                                .orElseThrow()
                                .waitReason())
                        .contains("nothing is sent"));
        assertThat(host.stateOf(vm)).isEqualTo(ObservedState.RUNNING);

        other.forget(vm);
        healed(DriftKind.GUEST_ON_TWO_HOSTS, host, other);
        assertThat(end(controller, pause).status()).isEqualTo(OperationStatus.SUCCEEDED);
    }

    @Test
    void aGuestThatEndedUnaskedStaysEndedUntilItIsStarted() {
        VmId vm = running();
        host.guestEnds(vm, ObservedState.CRASHED, new Cause(Cause.Code.PROCESS_KILLED, "QEMU was killed by SIGKILL."));

        DriftEntry entry = appears(DriftKind.GUEST_ENDED_UNASKED, host);
        assertThat(entry.reported()).contains("SIGKILL");
        end(controller, controller.vms().start(cloud.caller(), vm));
        healed(DriftKind.GUEST_ENDED_UNASKED, host);
    }

    @Test
    void aVmThatItsHostHasLostIsNotFreed() {
        VmId vm = running();
        cloud.jdbc().update("UPDATE vm SET observed_at = now() - interval '1 minute' WHERE id = ?", vm.value());
        host.forget(vm);

        assertThat(appears(DriftKind.VM_LOST, host).vm()).isEqualTo(vm);
        assertThat(cloud.rowsOf(vm)).isEqualTo(3);
    }

    @Test
    void aSilentHostIsToldAndNothingOfItIsFreed() {
        VmId vm = running();
        host.link(SimulatedHost.Link.CUT);

        DriftEntry entry = appears(DriftKind.HOST_SILENT);

        assertThat(entry.real()).contains("1 VMs are placed on it");
        assertThat(cloud.rowsOf(vm)).isEqualTo(3);
        assertThat(cloud.jdbc().queryForList("SELECT code FROM alert WHERE ended_at IS NULL", String.class))
                .contains("HOST_SILENT");
        host.link(SimulatedHost.Link.WORKS);
        healed(DriftKind.HOST_SILENT);
        await().atMost(10, SECONDS)
                .until(() -> cloud.jdbc()
                        .queryForList("SELECT code FROM alert WHERE ended_at IS NULL", String.class)
                        .isEmpty());
    }

    @Test
    void aClockThatJumpedIsToldAndNothingDependsOnIt() {
        VmId vm = running();
        host.shiftClock(Duration.ofHours(3));

        assertThat(appears(DriftKind.HOST_CLOCK_OFF, host).real()).contains("off by 10");
        assertThat(end(controller, controller.vms().pause(cloud.caller(), vm)).status())
                .isEqualTo(OperationStatus.SUCCEEDED);
        host.shiftClock(Duration.ZERO);
        healed(DriftKind.HOST_CLOCK_OFF, host);
    }

    @Test
    void aReportThatIsPlayedBackIsDropped() {
        VmId vm = running();
        controller
                .reports()
                .accept(new HostReport(
                        host.id(),
                        host.name(),
                        "http://elsewhere",
                        "boot",
                        0,
                        1,
                        true,
                        List.of(),
                        new HostFacts(
                                new HostCapacity(1, new Mebibytes(1), new Mebibytes(1), new Mebibytes(1)),
                                Architecture.X86_64,
                                Accelerator.TCG,
                                new SelfTestReport(SelfTestReport.Verdict.UNAVAILABLE, "", 0, Map.of()),
                                "",
                                "")));

        assertThat(healed(DriftKind.REPORT_REPLAYED).healedBy()).isEqualTo("DROP_REPORT");
        assertThat(controller.vms().get(cloud.caller(), vm).state()).isEqualTo(VmState.RUNNING);
    }

    @Test
    void whatADaemonFindsIsKeptWithItsTimesAndHealedWhenItIsGone() {
        running();
        DriftFinding finding = new DriftFinding(
                UuidV7.next(), DriftKind.FOREIGN_PROCESS, null, "process 7", "a VM", "qemu", Instant.now(), null);
        controller.inventories().accept(host.inventory(List.of(finding)));
        DriftEntry first = appears(DriftKind.FOREIGN_PROCESS);
        controller.inventories().accept(host.inventory(List.of(finding)));
        DriftEntry second = appears(DriftKind.FOREIGN_PROCESS);

        assertThat(second.id()).isEqualTo(first.id());
        assertThat(second.since()).isEqualTo(first.since());
        assertThat(second.lastSeenAt()).isAfter(first.lastSeenAt());
        assertThat(healed(DriftKind.FOREIGN_PROCESS, host).healedBy()).isEqualTo("PUT_IN_ORDER");
    }

    @Test
    void aBrokenInvariantIsAnEntryAndAnAlert() {
        VmId vm = running();
        cloud.jdbc().update("UPDATE allocation SET memory_mib = memory_mib + 1 WHERE vm_id = ?", vm.value());

        controller.drift().checkInvariants();

        assertThat(appears(DriftKind.INVARIANT_BROKEN).real()).contains(vm.toString());
        assertThat(cloud.jdbc().queryForList("SELECT code FROM alert WHERE ended_at IS NULL", String.class))
                .contains("DRIFT_CRITICAL");
        cloud.jdbc().update("UPDATE allocation SET memory_mib = memory_mib - 1 WHERE vm_id = ?", vm.value());
        controller.drift().checkInvariants();
        healed(DriftKind.INVARIANT_BROKEN);
    }

    @Test
    void whatIsOnAnUnknownHostIsReleasedOnlyAfterItHasSaidAbsent() {
        VmId vm = running();
        host.link(SimulatedHost.Link.CUT);
        await().atMost(10, SECONDS)
                .until(() -> controller.vms().get(cloud.caller(), vm).state() == VmState.UNKNOWN);

        OperationId delete = controller.vms().delete(cloud.caller(), vm);
        await("the removal waits for the host")
                .atMost(10, SECONDS)
                .until(() -> controller.operations().find(delete).orElseThrow().status() == OperationStatus.WAITING);
        assertThat(cloud.rowsOf(vm)).isEqualTo(3);

        host.link(SimulatedHost.Link.WORKS);
        assertThat(end(controller, delete).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(cloud.rowsOf(vm)).isZero();
        assertThat(host.stateOf(vm)).isEqualTo(ObservedState.ABSENT);
    }

    @Test
    void aTenantDoesNotSeeTheLedger() {
        assertThatThrownBy(() -> controller
                        .drift()
                        .list(
                                cloud.caller(),
                                PageRequest.of("drift", 1, null),
                                new Drift.Filter(new HostId(UuidV7.next()), null, null, null, false)))
                .isInstanceOf(YadoException.class);
    }
}
