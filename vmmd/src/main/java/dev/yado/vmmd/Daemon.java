package dev.yado.vmmd;

import dev.yado.kernel.Cgroups;
import dev.yado.kernel.KvmSelfTest;
import dev.yado.kernel.KvmSelfTestCache;
import dev.yado.kernel.ProcFs;
import dev.yado.kernel.ProcessWatcher;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.HostCapacity;
import dev.yado.protocol.HostFacts;
import dev.yado.protocol.HostId;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.trust.Identity;
import dev.yado.protocol.trust.IdentityFile;
import dev.yado.protocol.trust.Machine;
import dev.yado.protocol.trust.MachineTls;
import dev.yado.protocol.trust.Renewal;
import dev.yado.storage.DirectoryPool;
import dev.yado.storage.DiskTool;
import dev.yado.storage.FileOwner;
import dev.yado.storage.ImageSource;
import dev.yado.storage.PoolSettings;
import dev.yado.storage.PoolSpace;
import dev.yado.storage.Pools;
import dev.yado.storage.SharedPool;
import dev.yado.telemetry.Tracing;
import dev.yado.vmmd.api.HostApi;
import dev.yado.vmmd.backup.BackupParts;
import dev.yado.vmmd.backup.Forgetting;
import dev.yado.vmmd.backup.Repositories;
import dev.yado.vmmd.backup.Restores;
import dev.yado.vmmd.files.HostFiles;
import dev.yado.vmmd.inventory.Findings;
import dev.yado.vmmd.inventory.Inventory;
import dev.yado.vmmd.inventory.Stories;
import dev.yado.vmmd.metrics.HostMetrics;
import dev.yado.vmmd.metrics.MetricsListener;
import dev.yado.vmmd.metrics.Readiness;
import dev.yado.vmmd.move.LayerOffers;
import dev.yado.vmmd.move.MoveParts;
import dev.yado.vmmd.move.StreamAuthority;
import dev.yado.vmmd.network.Networks;
import dev.yado.vmmd.network.WantedGuests;
import dev.yado.vmmd.qemu.QemuBinary;
import dev.yado.vmmd.qemu.QemuLauncher;
import dev.yado.vmmd.qemu.QemuUser;
import dev.yado.vmmd.report.ControllerClient;
import dev.yado.vmmd.report.Reporter;
import dev.yado.vmmd.report.Reporter.Contents;
import dev.yado.vmmd.snapshot.SnapshotParts;
import dev.yado.vmmd.store.BackupStore;
import dev.yado.vmmd.store.DisruptionStore;
import dev.yado.vmmd.store.KnownRepositories;
import dev.yado.vmmd.store.LessonStore;
import dev.yado.vmmd.store.MoveStore;
import dev.yado.vmmd.store.SnapshotStore;
import dev.yado.vmmd.store.StateDirectory;
import dev.yado.vmmd.store.VmStore;
import dev.yado.vmmd.vm.Accelerators;
import dev.yado.vmmd.vm.Backups;
import dev.yado.vmmd.vm.Forecasts;
import dev.yado.vmmd.vm.GuestCgroups;
import dev.yado.vmmd.vm.HostParts;
import dev.yado.vmmd.vm.Moves;
import dev.yado.vmmd.vm.VmSnapshots;
import dev.yado.vmmd.vm.Vms;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The daemon, put together. Closing it ends everything but the guests. */
public final class Daemon implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Daemon.class);
    /** More go with the next report. */
    private static final int MOST_DISRUPTIONS = 500;

    private static final Path KVM = Path.of("/dev/kvm");
    /** No request is late for longer. */
    private static final Duration TOMBSTONES_KEPT = Duration.ofDays(90);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final HostId hostId;
    private final String name;
    private final long incarnation;
    private final String bootId;
    private final DaemonOptions options;
    private final AtomicLong sequence = new AtomicLong();
    private final Vms vms;
    private final Networks networks;
    private final Pools pools;
    private final DisruptionStore disruptions;
    private final MigrationOffer offer;
    private final Repositories repositories;
    private final HostFacts facts;
    private final String url;

    /**
     * Takes the state directory, takes back the guests that an earlier daemon left, then answers requests.
     *
     * @throws IOException with a sentence for the operator
     */
    public static Daemon start(DaemonOptions options) throws IOException, InterruptedException {
        return new Daemon(options);
    }

    private Daemon(DaemonOptions options) throws IOException, InterruptedException {
        this.options = options;
        IdentityFile identityFile = IdentityFile.in(options.state());
        Identity identity = identity(identityFile);
        name = identity.name();
        Tracing.open(null, "vmmd", Map.of("host.name", name, "service.version", version()));
        open.push(Tracing::close);
        try {
            StateDirectory state = opened(StateDirectory.open(options.state()));
            hostId = state.hostId();
            requireOwn(identity, hostId);
            MachineTls tls = new MachineTls(identity);
            incarnation = state.incarnation();
            ProcFs proc = ProcFs.ofHost();
            bootId = proc.bootId();
            QemuBinary binary = QemuBinary.open(options.qemu(), state.root().resolve("cache"), bootId);
            QemuUser user = options.qemuUser().isPresent()
                    ? QemuUser.parse(options.qemuUser().get())
                    : new QemuUser.Own();
            ControllerClient controller = new ControllerClient(options.controllers(), tls);
            pools = opened(pools(state, controller, PoolSettings.DEFAULT.withOwner(owner(user))));
            Accelerators accelerators = new Accelerators(
                    new KvmSelfTestCache(state.root().resolve("cache/kvm-selftest.json"), proc)
                            .getOrRun(KvmSelfTest.of(KVM))
                            .toReport(),
                    () -> user.whyNoKvm(KVM));
            StreamAuthority authority = StreamAuthority.open(state.root(), hostId);
            offer = new MigrationOffer(authority, binary.capabilities(), accelerators, proc, pools);
            facts = new HostFacts(
                    capacity(proc),
                    Architecture.ofOsArch(System.getProperty("os.arch")),
                    accelerators.automatic(),
                    accelerators.selfTest(),
                    binary.capabilities().version(),
                    version());
            Cgroups cgroups = Cgroups.ofHost(hostId.toString());
            open.push(cgroups::removeUnused);
            VmStore store = new VmStore(state);
            store.forgetTombstones(TOMBSTONES_KEPT);
            MoveStore moveStore = new MoveStore(state);
            moveStore.forget(TOMBSTONES_KEPT);
            Reporter reporter = opened(new Reporter(controller, this::report, this::heard));
            disruptions = new DisruptionStore(state, reporter::hurry);
            Findings findings = new Findings(Clock.systemUTC());
            ProcessWatcher watcher = opened(ProcessWatcher.start());
            networks = opened(new Networks(
                    NetworkDrivers.open(options.network(), state.root(), watcher, new WantedGuests(this::specs)),
                    state,
                    this::specs));
            repositories = opened(new Repositories(options.repositories(), new KnownRepositories(state)));
            Forgetting forgetting = opened(new Forgetting(repositories));
            Restores restores = opened(new Restores(repositories, user));
            BackupStore backupStore = new BackupStore(state);
            backupStore.forget(TOMBSTONES_KEPT);
            QemuLauncher launcher = new QemuLauncher(binary, user, watcher);
            HostParts parts = new HostParts(
                    store,
                    pools,
                    launcher,
                    networks,
                    accelerators,
                    new GuestCgroups(cgroups),
                    new MoveParts(
                            moveStore,
                            new LessonStore(state),
                            authority,
                            tls,
                            user,
                            new LayerOffers(),
                            options.streamsAt()),
                    disruptions,
                    new BackupParts(
                            repositories,
                            backupStore,
                            backupStore.unfinished(),
                            restores,
                            new Semaphore(options.backupJobs()),
                            user),
                    new SnapshotParts(new SnapshotStore(store), pools, launcher, restores),
                    bootId,
                    Clock.systemUTC(),
                    reporter::changed,
                    findings::healed);
            vms = new Vms(parts);
            Stories stories = new Stories(parts, vms, findings);
            HostApi api = opened(new HostApi(
                    options.listen(),
                    tls,
                    vms,
                    new Moves(vms, networks, parts.moves().offers(), new Forecasts(parts, vms)),
                    new Backups(vms),
                    forgetting,
                    new HostFiles(repositories::open),
                    new VmSnapshots(vms),
                    networks,
                    () -> report(new Contents.Everything(List.of())),
                    stories::of,
                    accelerators.selfTest()));
            url = options.advertise().map(URI::toString).orElseGet(() -> url("https", api.address()));
            repositories.begin();
            forgetting.begin();
            networks.recover();
            vms.recover();
            api.start();
            reporter.start();
            opened(Renewal.start(identityFile, tls, options.controllers(), new CertificateLog()));
            opened(Housekeeping.start(vms, pools));
            if (options.metrics().isPresent()) {
                MetricsListener listener = opened(new MetricsListener(
                        options.metrics().get(),
                        new HostMetrics(vms::sights, networks::counters, pools.own()::space, reporter::standing, proc),
                        new Readiness(binary.path(), state.root().resolve("pool"), reporter::standing)));
                log.info("metrics, health and readiness on {}", url("http", listener.address()));
            }
            Inventory.Identity self =
                    new Inventory.Identity(hostId, incarnation, state.root(), options.inventoryPeriod());
            opened(new Inventory(self, parts, vms, findings, controller, reporter::reportFully))
                    .start();
            state.publishAddress(url("https", api.address()));
            log.info("host {} ({}) listens on {}, incarnation {}", name, hostId, url, incarnation);
            log.info(
                    "options of the host: {}", String.join(" ", options.ofHost().words()));
        } catch (IOException | InterruptedException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Where the controller reaches it. */
    public String url() {
        return url;
    }

    @Override
    public synchronized void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                log.warn("a part of the daemon did not close", e);
            }
        }
    }

    private static Identity identity(IdentityFile file) throws IOException {
        return file.read()
                .orElseThrow(() -> new IOException("this machine has not joined a cloud: run what the administrator's"
                        + " 'yado host join-token' prints (there is no " + file.path() + ")"));
    }

    private static void requireOwn(Identity identity, HostId hostId) throws IOException {
        Machine machine = identity.machine();
        if (!machine.equals(new Machine(Machine.Role.HOST, hostId.value()))) {
            throw new IOException("the certificate is of " + machine + ", the state directory of host " + hostId
                    + ": one of them was copied from another machine");
        }
    }

    private HostReport report(Contents contents) {
        long number = sequence.incrementAndGet();
        List<VmReport> reported = switch (contents) {
            case Contents.Changes changes -> changes.vms();
            case Contents.Everything everything -> {
                List<VmReport> all = new ArrayList<>(vms.reports());
                everything.changed().stream()
                        .filter(gone -> all.stream().noneMatch(held -> held.id().equals(gone.id())))
                        .forEach(all::add);
                yield all;
            }
        };
        return new HostReport(
                hostId,
                name,
                url,
                bootId,
                incarnation,
                number,
                contents instanceof Contents.Everything,
                reported,
                factsNow(),
                disruptions.untold(MOST_DISRUPTIONS),
                options.ofHost());
    }

    private void heard(HostReport report) {
        disruptions.heard(report.disruptions());
    }

    private HostFacts factsNow() {
        PoolSpace space = pools.own().space();
        HostCapacity fixed = facts.capacity();
        return new HostFacts(
                new HostCapacity(fixed.cpus(), fixed.memory(), space.total(), space.free()),
                facts.architecture(),
                facts.accelerator(),
                facts.selfTest(),
                facts.qemuVersion(),
                facts.agentVersion(),
                networks.facts(),
                offer.facts(),
                repositories.facts(options.backupJobs()));
    }

    private Pools pools(StateDirectory state, ImageSource source, PoolSettings settings)
            throws IOException, InterruptedException {
        List<SharedPool> shared = new ArrayList<>();
        for (Map.Entry<String, Path> pool : options.sharedPools().entrySet()) {
            shared.add(SharedPool.open(
                    pool.getKey(),
                    pool.getValue(),
                    state.root().resolve("shared-pools"),
                    source,
                    DiskTool.DEFAULT,
                    settings));
        }
        return new Pools(DirectoryPool.open(state.root().resolve("pool"), source, DiskTool.DEFAULT, settings), shared);
    }

    private List<VmSpec> specs() {
        return vms.specs();
    }

    private HostCapacity capacity(ProcFs proc) throws IOException {
        PoolSpace space = pools.own().space();
        return new HostCapacity(proc.onlineCpus(), proc.memory().total(), space.total(), space.free());
    }

    private <T extends AutoCloseable> T opened(T part) {
        open.push(part);
        return part;
    }

    private static @Nullable FileOwner owner(QemuUser user) {
        return switch (user) {
            case QemuUser.Own _ -> null;
            case QemuUser.Other other -> new FileOwner(other.uid(), other.gid());
        };
    }

    private static String url(String scheme, InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static String version() {
        return Optional.ofNullable(Daemon.class.getPackage().getImplementationVersion())
                .orElse("0.1.0");
    }
}
