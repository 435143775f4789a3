package dev.yado.host;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.api.Caller;
import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.GuestAgentState;
import dev.yado.protocol.HostCapacity;
import dev.yado.protocol.HostFacts;
import dev.yado.protocol.HostId;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.SelfTestReport;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Ip;
import dev.yado.simulator.SimulatedHost;
import dev.yado.vm.VmState;
import dev.yado.vm.VmView;
import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

@Timeout(60)
class HostReportsTest {
    private static final HostFacts FACTS = new HostFacts(
            new HostCapacity(4, new Mebibytes(4096), new Mebibytes(1 << 20), new Mebibytes(1 << 19)),
            Architecture.X86_64,
            Accelerator.TCG,
            new SelfTestReport(SelfTestReport.Verdict.UNAVAILABLE, "no /dev/kvm", 0, Map.of()),
            "7.2.0",
            "test");

    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica controller = cloud.replica();
    private final HostId host = HostId.random();

    @AfterEach
    void close() {
        cloud.close();
    }

    private HostReport report(long incarnation, long sequence, boolean full, VmReport... vms) {
        return new HostReport(host, "h1", "http://h1", "boot", incarnation, sequence, full, List.of(vms), FACTS);
    }

    private HostReportAnswer send(HostReport report) {
        return controller.reports().accept(report);
    }

    private VmReport running(VmId vm, ObservedState state, long generation) {
        return new VmReport(vm, generation, 1, state, true, null, null, null, Instant.EPOCH);
    }

    /** A VM whose row says that it is placed on the host, without any operation. */
    private VmId placed() {
        VmId vm = VmId.random();
        cloud.jdbc().update("""
                        INSERT INTO vm (id, tenant_id, name, desired_state, generation, run_epoch, vcpus, memory_mib, accelerator_choice)
                        VALUES (?, ?, ?, 'RUNNING', 1, 1, 1, 256, 'AUTO')
                        """, vm.value(), cloud.tenant().value(), "vm-" + vm);
        cloud.jdbc()
                .update(
                        "INSERT INTO allocation (vm_id, host_id, vcpus, memory_mib, disk_mib) VALUES (?, ?, 1, 256, 0)",
                        vm.value(),
                        host.value());
        return vm;
    }

    private VmState state(VmId vm) {
        return controller.vms().get(cloud.caller(), vm).state();
    }

    @Test
    void aHostJoinsByItsFirstReportAndKeepsItsLeaseByTheNext() {
        assertThat(send(report(1, 1, true))).isEqualTo(new HostReportAnswer(2, false));

        assertThat(cloud.jdbc().queryForObject("SELECT lease_until > now() FROM host", Boolean.class))
                .isTrue();
    }

    @Test
    void whatAHostCanDoForNetworksIsShownAsItLastSaidIt() {
        send(report(1, 1, true));
        assertThat(shown().network()).isNull();

        NetworkFacts facts = new NetworkFacts("linux", Ip.parse("192.0.2.7"), 1500, List.of("internet"), null);
        send(withNetwork(2, facts));
        assertThat(shown().network()).isEqualTo(facts);

        NetworkFacts broken = new NetworkFacts("linux", null, 1500, List.of(), "no module vxlan");
        send(withNetwork(3, broken));
        assertThat(shown().network()).isEqualTo(broken);
        send(report(1, 4, false));
        assertThat(shown().network()).isNull();
    }

    @Test
    void whetherAnAgentIsInTheGuestIsShownAsItsHostLastSaidIt() {
        send(report(1, 1, true));
        VmId vm = placed();
        send(report(1, 2, false, withAgent(vm, GuestAgentState.NONE)));
        assertThat(controller.vms().get(cloud.caller(), vm).agent()).isEqualTo(GuestAgentState.NONE);
        send(report(1, 3, false, withAgent(vm, GuestAgentState.CONNECTED)));
        assertThat(controller.vms().get(cloud.caller(), vm).agent()).isEqualTo(GuestAgentState.CONNECTED);
        send(report(1, 4, false, running(vm, ObservedState.STOPPED, 1)));
        assertThat(controller.vms().get(cloud.caller(), vm).agent()).isNull();
    }

    private static VmReport withAgent(VmId vm, GuestAgentState agent) {
        return new VmReport(vm, 1, 1, ObservedState.RUNNING, true, null, null, null, null, agent, Instant.EPOCH);
    }

    private HostView shown() {
        return controller.hosts().get(new Caller.Administrator(null), host);
    }

    /** A report that could pass for a heartbeat. */
    private HostReport withNetwork(long sequence, NetworkFacts network) {
        HostFacts facts = new HostFacts(
                FACTS.capacity(),
                FACTS.architecture(),
                FACTS.accelerator(),
                FACTS.selfTest(),
                FACTS.qemuVersion(),
                FACTS.agentVersion(),
                network);
        return new HostReport(host, "h1", "http://h1", "boot", 1, sequence, false, List.of(), facts);
    }

    /** The old host says that the guest has left while the step that gives it to the new one is under way. */
    @Test
    void aReportThatWaitsForAHandOverIsNoLongerOfTheHostsOwnVm() throws Exception {
        send(report(1, 1, true));
        VmId vm = placed();
        send(report(1, 2, false, running(vm, ObservedState.RUNNING, 1)));
        HostId other = HostId.random();
        controller.reports().accept(new HostReport(other, "h2", "http://h2", "boot", 1, 1, true, List.of(), FACTS));
        UUID migration = claimed(vm, other);
        try (Connection handOver =
                        Objects.requireNonNull(cloud.jdbc().getDataSource()).getConnection();
                ExecutorService thread = Executors.newSingleThreadExecutor()) {
            handOver.setAutoCommit(false);
            JdbcTemplate there = new JdbcTemplate(new SingleConnectionDataSource(handOver, true));
            there.queryForList("SELECT id FROM vm WHERE id = ? FOR UPDATE", UUID.class, vm.value());

            Future<?> late = thread.submit(() -> send(report(1, 3, false, running(vm, ObservedState.DEPARTED, 1))));
            await("the report to wait for the row")
                    .until(() -> Boolean.TRUE.equals(cloud.jdbc()
                            .queryForObject(
                                    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')",
                                    Boolean.class)));
            there.update(
                    "UPDATE claim SET host_id = ?, arriving = false WHERE migration_id = ?", host.value(), migration);
            there.update("UPDATE migration SET state = 'ARRIVED', arrived = true WHERE id = ?", migration);
            there.update("UPDATE allocation SET host_id = ? WHERE vm_id = ?", other.value(), vm.value());
            there.update(
                    "UPDATE vm SET observed_state = 'RUNNING', observed_generation = 2, observed_run_epoch = 2 WHERE id = ?",
                    vm.value());
            handOver.commit();
            late.get(30, SECONDS);
        }

        assertThat(cloud.jdbc().queryForObject("SELECT observed_state FROM vm WHERE id = ?", String.class, vm.value()))
                .isEqualTo("RUNNING");
    }

    /** A move to that host that is under way. */
    private UUID claimed(VmId vm, HostId to) {
        UUID migration = UUID.randomUUID();
        cloud.jdbc().update("""
                        INSERT INTO migration (id, vm_id, operation_id, from_host, to_host, live, generation, run_epoch, goal, state)
                        VALUES (?, ?, ?, ?, ?, true, 2, 2, '{}', 'OPEN')
                        """, migration, vm.value(), UUID.randomUUID(), host.value(), to.value());
        cloud.jdbc().update("""
                        INSERT INTO claim (migration_id, vm_id, host_id, vcpus, memory_mib, disk_mib) VALUES (?, ?, ?, 1, 256, 0)
                        """, migration, vm.value(), to.value());
        return migration;
    }

    @Test
    void whatIsNotNewerChangesNothing() {
        send(report(2, 7, true));
        VmId vm = placed();
        send(report(2, 8, false, running(vm, ObservedState.RUNNING, 1)));

        send(report(2, 8, false, running(vm, ObservedState.STOPPED, 1)));
        send(report(2, 3, false, running(vm, ObservedState.STOPPED, 1)));
        send(report(1, 99, true));

        assertThat(state(vm)).isEqualTo(VmState.RUNNING);
        send(report(3, 1, true, running(vm, ObservedState.PAUSED, 1)));
        assertThat(state(vm)).isEqualTo(VmState.PAUSED);
    }

    @Test
    void aGapOrANewDaemonIsAskedForEverything() {
        assertThat(send(report(1, 1, false)).sendFull()).isTrue();
        assertThat(send(report(1, 2, true)).sendFull()).isFalse();
        assertThat(send(report(1, 3, false)).sendFull()).isFalse();
        assertThat(send(report(1, 5, false)).sendFull()).isTrue();
        assertThat(send(report(2, 1, false)).sendFull()).isTrue();
    }

    @Test
    void aVmThatItsHostHasLostIsShownAsSuchAndNothingIsFreed() {
        send(report(1, 1, true));
        VmId vm = placed();
        send(report(1, 2, true, running(vm, ObservedState.RUNNING, 1)));
        cloud.jdbc().update("UPDATE vm SET observed_at = now() - interval '1 minute'");

        send(report(1, 3, true));

        VmView view = controller.vms().get(cloud.caller(), vm);
        assertThat(view.state()).isEqualTo(VmState.FAILED);
        assertThat(view.stateReason()).startsWith("VM_LOST");
        assertThat(view.host()).isEqualTo(host);
    }

    @Test
    void aReportOlderThanThePlacingDoesNotMakeAVmLost() {
        send(report(1, 1, true));
        VmId vm = placed();
        send(report(1, 2, true, running(vm, ObservedState.PREPARING, 1)));

        send(report(1, 3, true));

        assertThat(state(vm)).isEqualTo(VmState.PREPARING);
    }

    @Test
    void anUnknownGuestIsShownAndLeftAlone() {
        SimulatedHost known = cloud.host(4, 4096);
        VmId stranger = VmId.random();
        known.holdUnknown(stranger);

        await().atMost(10, SECONDS)
                .until(() -> cloud.jdbc()
                        .queryForList("SELECT vm_id FROM host_orphan", java.util.UUID.class)
                        .contains(stranger.value()));
        assertThat(known.stateOf(stranger)).isEqualTo(ObservedState.RUNNING);

        known.forget(stranger);
        await().atMost(10, SECONDS)
                .until(() ->
                        cloud.jdbc().queryForList("SELECT 1 FROM host_orphan").isEmpty());
    }

    @Test
    void anotherHostsWordOnAVmCountsForNothing() {
        send(report(1, 1, true));
        VmId vm = placed();
        send(report(1, 2, true, running(vm, ObservedState.RUNNING, 1)));
        HostReport liar = new HostReport(
                HostId.random(),
                "h2",
                "http://h2",
                "boot",
                1,
                1,
                true,
                List.of(running(vm, ObservedState.STOPPED, 9)),
                FACTS);

        controller.reports().accept(liar);

        assertThat(state(vm)).isEqualTo(VmState.RUNNING);
    }

    @Test
    void twoHostsCannotHaveOneName() {
        send(report(1, 1, true));
        HostReport twin = new HostReport(HostId.random(), "h1", "http://h2", "boot", 1, 1, true, List.of(), FACTS);

        assertThatThrownBy(() -> controller.reports().accept(twin))
                .isInstanceOf(YadoException.class)
                .hasMessageContaining("h1");
    }

    @Test
    void whatIsUnchangedIsNotWrittenAgain() {
        send(report(1, 1, true));
        VmId vm = placed();
        send(report(1, 2, true, running(vm, ObservedState.RUNNING, 1)));
        Long before = cloud.jdbc().queryForObject("SELECT xmin::text::bigint FROM vm", Long.class);

        send(report(1, 3, true, running(vm, ObservedState.RUNNING, 1)));

        assertThat(cloud.jdbc().queryForObject("SELECT xmin::text::bigint FROM vm", Long.class))
                .isEqualTo(before);
    }

    @Test
    void aHostThatMissedAChangeHearsOfItWithoutAnOperation() {
        SimulatedHost real = cloud.host(4, 4096);
        VmId vm = cloud.running(controller);
        // As if the operation that wanted this had missed its deadline while the host was away.
        cloud.jdbc()
                .update(
                        "UPDATE vm SET desired_state = 'STOPPED', generation = generation + 1 WHERE id = ?",
                        vm.value());

        await().atMost(15, SECONDS).until(() -> real.stateOf(vm) == ObservedState.STOPPED);
    }

    @Test
    void heartbeatsOfManyHostsAreTakenOnceEachWhicheverReplicaTheyReach() throws Exception {
        List<HostReport> joined = IntStream.range(0, 40)
                .mapToObj(number -> new HostReport(
                        HostId.random(), "many-" + number, "http://h", "boot", 1, 1, true, List.of(), FACTS))
                .toList();
        joined.forEach(this::send);
        String longest = cloud.jdbc().queryForObject("SELECT max(lease_until)::text FROM host", String.class);
        try (ControllerReplica other = cloud.replica();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HostReportAnswer>> answers = joined.stream()
                    .flatMap(one -> Stream.of(controller, other)
                            .map(replica ->
                                    threads.submit(() -> replica.reports().accept(heartbeat(one, 2)))))
                    .toList();
            for (var answer : answers) {
                assertThat(answer.get().sendFull()).isFalse();
            }
        }
        assertThat(cloud.jdbc().queryForList("SELECT DISTINCT sequence FROM host WHERE name LIKE 'many-%'", Long.class))
                .containsExactly(2L);
        assertThat(cloud.jdbc()
                        .queryForObject(
                                "SELECT count(*) FROM host WHERE name LIKE 'many-%' AND lease_until <= ?::timestamptz",
                                Integer.class, longest))
                .isZero();
    }

    @Test
    void aHeartbeatAfterALostReportIsAnsweredWithTheWishForAFullOne() {
        send(report(1, 1, true));

        assertThat(send(report(1, 3, false)).sendFull()).isTrue();
    }

    @Test
    void aHeartbeatThatSaysSomethingNewOfTheHostIsWrittenDown() {
        HostReport first = report(1, 1, true);
        send(first);

        send(new HostReport(host, "h1", "http://elsewhere", "boot", 1, 2, false, List.of(), FACTS));

        assertThat(cloud.jdbc().queryForObject("SELECT url FROM host WHERE id = ?", String.class, host.value()))
                .isEqualTo("http://elsewhere");
    }

    private static HostReport heartbeat(HostReport of, long sequence) {
        return new HostReport(
                of.hostId(),
                of.name(),
                of.url(),
                of.bootId(),
                of.incarnation(),
                sequence,
                false,
                List.of(),
                of.facts());
    }
}
