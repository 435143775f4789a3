package dev.yado.simulator;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.BackupFacts;
import dev.yado.protocol.HostCapacity;
import dev.yado.protocol.HostFacts;
import dev.yado.protocol.HostId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.MigrationFacts;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.SelfTestReport;
import dev.yado.protocol.address.Ip;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a simulated host is.
 *
 * @param url where the controller reaches it
 * @param heartbeat time between reports when nothing changes
 * @param firstReport time from the start to the first report
 * @param incarnation of its first daemon: higher than any that the controller has heard of
 * @param faults what goes wrong on the way to it and from it
 * @param witness sees every run of every host that shares it
 * @param neighbours the hosts that VMs can move to and from
 * @param repository where it writes backups to and reads them from; null: it takes none
 */
public record HostPlan(
        HostId id,
        String name,
        String url,
        HostFacts facts,
        Duration heartbeat,
        Duration firstReport,
        long incarnation,
        Faults faults,
        RunWitness witness,
        Neighbours neighbours,
        @Nullable SimulatedRepository repository) {
    private static final int UNDERLAY_MTU = 1600;
    private static final Duration QUICK = Duration.ofMillis(200);
    private static final Mebibytes POOL = new Mebibytes(1 << 20);

    /** A host for tests, which reports often. */
    public static HostPlan of(String name, int cpus, int memoryMiB, Accelerator accelerator) {
        HostId id = HostId.random();
        return new HostPlan(
                id,
                name,
                "http://" + name + ".test",
                facts(cpus, memoryMiB, accelerator, network(id)),
                QUICK,
                Duration.ZERO,
                1,
                Faults.NONE,
                new RunWitness(),
                new Neighbours(),
                null);
    }

    /** A host that can carry every network and has a way to the provider network {@code public}. */
    private static NetworkFacts network(HostId id) {
        byte[] bytes = new byte[16];
        ByteBuffer.wrap(bytes)
                .put((byte) 0xfd)
                .position(8)
                .putLong(id.value().getMostSignificantBits() ^ id.value().getLeastSignificantBits());
        return new NetworkFacts("simulated", Ip.of(bytes), UNDERLAY_MTU, List.of("public"), null);
    }

    private static HostFacts facts(int cpus, int memoryMiB, Accelerator accelerator, NetworkFacts network) {
        SelfTestReport.Verdict verdict =
                accelerator == Accelerator.KVM ? SelfTestReport.Verdict.HARDWARE : SelfTestReport.Verdict.UNAVAILABLE;
        return new HostFacts(
                new HostCapacity(cpus, new Mebibytes(memoryMiB), POOL, POOL),
                Architecture.X86_64,
                accelerator,
                new SelfTestReport(verdict, "simulated", 1, Map.of()),
                "7.2.0",
                "simulated",
                network,
                moves());
    }

    /** Takes part in moves, alike with all others. */
    private static MigrationFacts moves() {
        return new MigrationFacts(
                "simulated",
                List.of(Work.MACHINE),
                Map.of(
                        Accelerator.TCG, List.of("qemu64-v1", "Westmere-v1"),
                        Accelerator.KVM, List.of("qemu64-v1", "EPYC-v1")),
                "simulated",
                List.of(),
                true);
    }

    public HostPlan withId(HostId other) {
        return new HostPlan(
                        other,
                        name,
                        url,
                        facts,
                        heartbeat,
                        firstReport,
                        incarnation,
                        faults,
                        witness,
                        neighbours,
                        repository)
                .withNetwork(network(other));
    }

    /** @param network null: as a host whose daemon knows nothing of networks */
    public HostPlan withNetwork(@Nullable NetworkFacts network) {
        HostFacts now = new HostFacts(
                facts.capacity(),
                facts.architecture(),
                facts.accelerator(),
                facts.selfTest(),
                facts.qemuVersion(),
                facts.agentVersion(),
                network,
                facts.migration(),
                facts.backup());
        return new HostPlan(
                id, name, url, now, heartbeat, firstReport, incarnation, faults, witness, neighbours, repository);
    }

    /** @param migration null: as a host whose daemon knows nothing of moves */
    public HostPlan withMigration(@Nullable MigrationFacts migration) {
        HostFacts now = new HostFacts(
                facts.capacity(),
                facts.architecture(),
                facts.accelerator(),
                facts.selfTest(),
                facts.qemuVersion(),
                facts.agentVersion(),
                facts.network(),
                migration,
                facts.backup());
        return new HostPlan(
                id, name, url, now, heartbeat, firstReport, incarnation, faults, witness, neighbours, repository);
    }

    public HostPlan withUrl(String other) {
        return new HostPlan(
                id, name, other, facts, heartbeat, firstReport, incarnation, faults, witness, neighbours, repository);
    }

    public HostPlan withHeartbeat(Duration period, Duration first) {
        return new HostPlan(id, name, url, facts, period, first, incarnation, faults, witness, neighbours, repository);
    }

    public HostPlan withIncarnation(long first) {
        return new HostPlan(
                id, name, url, facts, heartbeat, firstReport, first, faults, witness, neighbours, repository);
    }

    public HostPlan withFaults(Faults other) {
        return new HostPlan(
                id, name, url, facts, heartbeat, firstReport, incarnation, other, witness, neighbours, repository);
    }

    public HostPlan withWitness(RunWitness other) {
        return new HostPlan(
                id, name, url, facts, heartbeat, firstReport, incarnation, faults, other, neighbours, repository);
    }

    public HostPlan withNeighbours(Neighbours others) {
        return new HostPlan(
                id, name, url, facts, heartbeat, firstReport, incarnation, faults, witness, others, repository);
    }

    public HostPlan withRepository(SimulatedRepository shared) {
        return new HostPlan(
                id, name, url, facts, heartbeat, firstReport, incarnation, faults, witness, neighbours, shared);
    }

    /** What it is now: a repository may be there at one time and not at another. */
    HostFacts factsNow() {
        return repository == null
                ? facts
                : new HostFacts(
                        facts.capacity(),
                        facts.architecture(),
                        facts.accelerator(),
                        facts.selfTest(),
                        facts.qemuVersion(),
                        facts.agentVersion(),
                        facts.network(),
                        facts.migration(),
                        new BackupFacts(List.of(repository.facts()), 2));
    }
}
