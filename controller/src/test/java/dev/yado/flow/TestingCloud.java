package dev.yado.flow;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.yado.PooledDatabase;
import dev.yado.api.Caller;
import dev.yado.backup.Backups;
import dev.yado.host.BackupAgents;
import dev.yado.host.HostAgents;
import dev.yado.host.MigrationAgents;
import dev.yado.host.NetworkAgents;
import dev.yado.network.NewNic;
import dev.yado.network.TestingNetworks;
import dev.yado.operation.OperationView;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent;
import dev.yado.protocol.HostId;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.backup.BackupAgent;
import dev.yado.protocol.backup.RepositoryAgent;
import dev.yado.protocol.migration.MigrationAgent;
import dev.yado.protocol.network.NetworkAgent;
import dev.yado.protocol.snapshot.SnapshotAgent;
import dev.yado.simulator.HostPlan;
import dev.yado.simulator.Neighbours;
import dev.yado.simulator.RunWitness;
import dev.yado.simulator.SimulatedHost;
import dev.yado.simulator.SimulatedRepository;
import dev.yado.snapshot.Snapshots;
import dev.yado.vm.NewVm;
import dev.yado.vm.VmView;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/** A database, some hosts and any number of controller replicas, which can die. Everything but HTTP and hypervisors is real. */
public final class TestingCloud implements AutoCloseable, HostAgents, NetworkAgents, MigrationAgents {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final HikariDataSource database;
    private final JdbcTemplate jdbc;
    private final RunWitness witness = new RunWitness();
    private final Neighbours neighbours = new Neighbours();
    private final SimulatedRepository repository = new SimulatedRepository("backups");
    private final Map<HostId, SimulatedHost> hosts = new ConcurrentHashMap<>();
    private final List<ControllerReplica> replicas = new CopyOnWriteArrayList<>();
    private final TenantId tenant = TenantId.random();
    private volatile boolean refusing;
    private volatile boolean speechless;

    public TestingCloud() {
        this(PooledDatabase.open());
    }

    /** On a database of a server of its own. */
    public TestingCloud(String jdbcUrl) {
        this(PooledDatabase.open(jdbcUrl));
    }

    private TestingCloud(HikariDataSource database) {
        this.database = database;
        this.jdbc = new JdbcTemplate(database);
        jdbc.update("INSERT INTO tenant (id, name) VALUES (?, 'acme')", tenant.value());
    }

    /** A controller that works. */
    public ControllerReplica replica() {
        return replica(Interference.NONE);
    }

    ControllerReplica replica(Interference interference) {
        return replica("replica-" + NUMBER.incrementAndGet(), interference);
    }

    /**
     * One that died under the name is succeeded: what it held is taken up at once.
     *
     * @param more flows beside the product's
     */
    ControllerReplica replica(String name, Interference interference, Class<?>... more) {
        ControllerReplica replica = ControllerReplica.start(name, database.getJdbcUrl(), this, interference, more);
        replicas.removeIf(gone -> !gone.alive());
        replicas.add(replica);
        return replica;
    }

    public SimulatedHost host(int cpus, int memoryMiB) {
        return host(cpus, memoryMiB, Accelerator.TCG);
    }

    public SimulatedHost host(int cpus, int memoryMiB, Accelerator accelerator) {
        return host(HostPlan.of("host-" + NUMBER.incrementAndGet(), cpus, memoryMiB, accelerator));
    }

    public SimulatedHost host(HostPlan plan) {
        return hostWith(plan, repository);
    }

    /** Until then nothing can be placed on it. */
    public SimulatedHost joined(SimulatedHost host) {
        await("host " + host.id() + " to be known")
                .atMost(15, SECONDS)
                .until(() -> !jdbc().queryForList(
                                "SELECT 1 FROM host WHERE id = ?", host.id().value())
                        .isEmpty());
        return host;
    }

    /** One that has another repository than all others. */
    SimulatedHost hostWith(HostPlan plan, SimulatedRepository other) {
        SimulatedHost host = new SimulatedHost(
                plan.withWitness(witness).withNeighbours(neighbours).withRepository(other), this::report);
        hosts.put(host.id(), host);
        return host;
    }

    /** The next test meets no connection that a restart of PostgreSQL has broken. */
    void renewConnections() {
        database.getHikariPoolMXBean().softEvictConnections();
        replicas.forEach(ControllerReplica::renewConnections);
    }

    /** Sees every run on all hosts. */
    RunWitness witness() {
        return witness;
    }

    /** To any replica that lives, as a host does it. */
    private HostReportAnswer report(HostReport report) {
        for (ControllerReplica replica : replicas) {
            if (replica.alive()) {
                return replica.reports().accept(report);
            }
        }
        throw new IllegalStateException("no controller answers");
    }

    @Override
    public HostAgent of(HostId host) {
        SimulatedHost found = hosts.get(host);
        if (found == null) {
            throw new IllegalArgumentException("no host " + host);
        }
        return refusing ? new RefusingHost(found) : found;
    }

    @Override
    public NetworkAgent networkOf(HostId host) {
        return require(host);
    }

    @Override
    public MigrationAgent migrationOf(HostId host) {
        return require(host);
    }

    SnapshotAgent snapshotOf(HostId host) {
        return require(host);
    }

    BackupAgents backups() {
        return new BackupAgents() {
            @Override
            public BackupAgent backupOf(HostId host) {
                return require(host);
            }

            @Override
            public RepositoryAgent repositoryOf(HostId host) {
                return require(host);
            }
        };
    }

    /** A simulated guest that runs says so, unless it is to say nothing. */
    Optional<String> lastWords(VmId vm) {
        return speechless || hosts.values().stream().noneMatch(host -> host.stateOf(vm) == ObservedState.RUNNING)
                ? Optional.empty()
                : Optional.of("login: ");
    }

    public void silenceGuests(boolean silent) {
        speechless = silent;
    }

    /** That all hosts write backups to. */
    public SimulatedRepository repository() {
        return repository;
    }

    private SimulatedHost require(HostId host) {
        SimulatedHost found = hosts.get(host);
        if (found == null) {
            throw new IllegalArgumentException("no host " + host);
        }
        return found;
    }

    /** All that were made, in no order. */
    public Collection<SimulatedHost> hosts() {
        return hosts.values();
    }

    /** A host that refuses every spec from now on, as one would whose daemon does not know what it says. */
    public void refuseSpecs(boolean refuse) {
        refusing = refuse;
    }

    private record RefusingHost(SimulatedHost host) implements HostAgent {
        @Override
        public VmReport put(CallFence fence, VmSpec spec) {
            throw new HostRefusal(ErrorCode.INVALID_REQUEST, "this daemon does not know such a spec");
        }

        @Override
        public VmReport delete(CallFence fence, VmId vm, long generation) {
            return host.delete(fence, vm, generation);
        }
    }

    public SimulatedHost hostOf(VmView vm) {
        return java.util.Objects.requireNonNull(hosts.get(vm.host()));
    }

    public Caller caller() {
        return new Caller.Tenant(tenant);
    }

    public Caller administrator() {
        return new Caller.Administrator(null);
    }

    public TenantId tenant() {
        return tenant;
    }

    public JdbcTemplate jdbc() {
        return jdbc;
    }

    /** A READY image of the whole cloud, as far as rows go. */
    public ImageId image(String format, long virtualSizeMiB) {
        return image(format, virtualSizeMiB, "READY");
    }

    public ImageId image(String format, long virtualSizeMiB, String state) {
        ImageId id = ImageId.random();
        jdbc.update("""
                INSERT INTO image (id, name, format, architecture, state, sha256, bytes, virtual_size)
                VALUES (?, ?, ?, 'X86_64', ?, repeat('a', 64), 1024, ?)
                """, id.value(), "image-" + id, format, state, virtualSizeMiB << 20);
        return id;
    }

    /** A VM with one empty disk. */
    public static NewVm small() {
        return vm("vm-" + NUMBER.incrementAndGet(), 1, 256);
    }

    public static NewVm vm(String name, int vcpus, long memoryMiB) {
        return new NewVm(
                name,
                vcpus,
                new Mebibytes(memoryMiB),
                List.of(new NewVm.Disk(null, Mebibytes.ofGibibytes(1))),
                null,
                AcceleratorChoice.AUTO,
                null,
                true);
    }

    /** With a card in each of these networks. */
    public static NewVm networked(NetworkId... networks) {
        return small().with(Arrays.stream(networks)
                .map(network -> new NewNic(network, null, null, List.of()))
                .toList());
    }

    /** A new network with these subnets. */
    public NetworkId network(ControllerReplica replica, String... cidrs) {
        return TestingNetworks.make(replica.networks(), caller(), "net-" + NUMBER.incrementAndGet(), cidrs);
    }

    public static NewVm stopped(NewVm vm) {
        return new NewVm(
                vm.name(),
                vm.vcpus(),
                vm.memory(),
                vm.disks(),
                vm.boot(),
                vm.accelerator(),
                vm.autostart(),
                false,
                vm.nics(),
                vm.setup());
    }

    public static OperationView end(ControllerReplica replica, OperationId id) {
        try {
            OperationView view =
                    replica.operations().await(id, Duration.ofSeconds(20)).orElseThrow();
            if (!view.status().ended()) {
                throw new AssertionError("not ended: " + view);
            }
            return view;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public VmId running(ControllerReplica replica) {
        OperationId id = replica.vms().create(caller(), small());
        return new VmId(end(replica, id).targetId());
    }

    /** The first of the VM. */
    public DiskId disk(ControllerReplica replica, VmId vm) {
        return replica.vms().get(caller(), vm).disks().getFirst().id();
    }

    /** A new backup of the VM, whole in the repository. */
    public BackupId backup(ControllerReplica replica, VmId vm) {
        OperationId id = replica.backups().take(caller(), vm, Backups.Asked.DEFAULT);
        return new BackupId(end(replica, id).targetId());
    }

    /** A new snapshot of the VM. */
    public SnapshotId snapshot(ControllerReplica replica, VmId vm) {
        OperationId id = replica.snapshots().take(caller(), vm, Snapshots.Asked.DEFAULT);
        return new SnapshotId(end(replica, id).targetId());
    }

    /** The newest of the VM. */
    public SnapshotId snapshotOf(VmId vm) {
        return new SnapshotId(
                jdbc.queryForList("SELECT id FROM snapshot WHERE vm_id = ? ORDER BY id DESC", UUID.class, vm.value())
                        .getFirst());
    }

    int rowsOf(SnapshotId snapshot) {
        return count("SELECT count(*) FROM snapshot WHERE id = ?", snapshot.value());
    }

    /** Those that hosts keep of a VM. */
    public Set<SnapshotId> kept(VmId vm) {
        return hosts.values().stream()
                .flatMap(host -> host.snapshotsOf(vm).stream())
                .collect(Collectors.toSet());
    }

    /** The newest of the VM. */
    public BackupId backupOf(VmId vm) {
        return new BackupId(
                jdbc.queryForList("SELECT id FROM backup WHERE vm_id = ? ORDER BY id DESC", UUID.class, vm.value())
                        .getFirst());
    }

    /** Of whatever VM, which need not be there any more. */
    BackupId newestBackup() {
        return new BackupId(jdbc.queryForList("SELECT id FROM backup ORDER BY id DESC", UUID.class)
                .getFirst());
    }

    /** Rows of this VM that are left anywhere. */
    public int rowsOf(VmId vm) {
        @Nullable
        Integer rows =
                jdbc.queryForObject("""
                SELECT (SELECT count(*) FROM vm WHERE id = ?) + (SELECT count(*) FROM vm_disk WHERE vm_id = ?)
                    + (SELECT count(*) FROM allocation WHERE vm_id = ?) + (SELECT count(*) FROM nic WHERE vm_id = ?)
                    + (SELECT count(*) FROM vm_setup WHERE vm_id = ?)
                """, Integer.class, vm.value(), vm.value(), vm.value(), vm.value(), vm.value());
        return rows == null ? 0 : rows;
    }

    int rowsOf(BackupId backup) {
        return count("SELECT count(*) FROM backup WHERE id = ?", backup.value());
    }

    /** Attempts at backups that somebody has still to tidy up after. */
    int leftovers() {
        return count("SELECT count(*) FROM backup_leftover");
    }

    private int count(String sql, Object... arguments) {
        Integer rows = jdbc.queryForObject(sql, Integer.class, arguments);
        return rows == null ? 0 : rows;
    }

    /** What no test may have broken, whoever died in it. */
    private void checkInvariants() {
        replicas.stream()
                .filter(ControllerReplica::alive)
                .findFirst()
                .ifPresent(replica -> assertThat(replica.invariants().violations())
                        .as("queries that never return a row")
                        .isEmpty());
    }

    @Override
    public void close() {
        try {
            checkInvariants();
        } finally {
            end();
        }
    }

    private void end() {
        hosts.values().forEach(SimulatedHost::close);
        replicas.forEach(ControllerReplica::close);
        database.close();
    }
}
