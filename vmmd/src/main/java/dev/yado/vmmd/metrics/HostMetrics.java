package dev.yado.vmmd.metrics;

import dev.yado.kernel.ProcFs;
import dev.yado.network.PortCounters;
import dev.yado.protocol.NicId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.storage.PoolSpace;
import dev.yado.vmmd.qmp.DiskActivity;
import dev.yado.vmmd.qmp.QmpTimes;
import dev.yado.vmmd.report.Reporter;
import dev.yado.vmmd.vm.GuestSight;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a scrape answers with. */
public final class HostMetrics {
    private static final Duration QEMU_PATIENCE = Duration.ofSeconds(1);

    private final Supplier<List<GuestSight>> guests;
    private final Supplier<Map<NicId, PortCounters>> cards;
    private final Supplier<PoolSpace> pool;
    private final Supplier<Reporter.Standing> reports;
    private final ProcFs proc;
    private final DiskQuestions disks = new DiskQuestions(QEMU_PATIENCE);

    public HostMetrics(
            Supplier<List<GuestSight>> guests,
            Supplier<Map<NicId, PortCounters>> cards,
            Supplier<PoolSpace> pool,
            Supplier<Reporter.Standing> reports,
            ProcFs proc) {
        this.guests = guests;
        this.cards = cards;
        this.pool = pool;
        this.reports = reports;
        this.proc = proc;
    }

    /** One scrape at a time, each with the patience of one. */
    synchronized String text() throws InterruptedException {
        Exposition to = new Exposition();
        List<GuestSight> seen = guests.get();
        Map<VmId, List<DiskActivity>> activity = disks.ask(seen);
        Map<NicId, PortCounters> traffic = cards.get();
        for (GuestSight guest : seen) {
            VmSpec spec = guest.spec();
            if (spec != null) {
                machine(guest, spec, to);
                process(guest, spec.name(), to);
                activity.getOrDefault(guest.id(), List.of())
                        .forEach(disk -> disk(guest.id().toString(), spec.name(), disk, to));
                spec.nics()
                        .forEach(nic -> card(guest.id().toString(), spec.name(), nic.id(), traffic.get(nic.id()), to));
            }
        }
        to.add(HostMetric.QEMU_SILENT, disks.silent());
        qmp(to);
        reports(to);
        PoolSpace space = pool.get();
        to.add(HostMetric.POOL_BYTES, space.total().bytes());
        to.add(HostMetric.POOL_FREE, space.free().bytes());
        proc.process(ProcessHandle.current().pid()).ifPresent(self -> {
            to.add(HostMetric.CPU, self.cpu().toMillis() / 1e3);
            to.add(HostMetric.RESIDENT, self.resident().bytes());
        });
        return to.text();
    }

    private static void machine(GuestSight guest, VmSpec spec, Exposition to) {
        String id = guest.id().toString();
        to.add(HostMetric.VM_MEMORY, spec.shape().memory().bytes(), id, spec.name());
        to.add(HostMetric.VM_VCPUS, spec.shape().vcpus(), id, spec.name());
        to.add(HostMetric.VM_STATE, 1, id, spec.name(), guest.state().name());
        to.add(HostMetric.VM_STARTS, guest.starts(), id, spec.name());
    }

    private void process(GuestSight guest, String name, Exposition to) {
        if (guest.pid() == 0) {
            return;
        }
        String id = guest.id().toString();
        // A pid that was given away meanwhile is not this guest's.
        proc.process(guest.pid())
                .filter(process -> process.commandLine().contains(id))
                .ifPresent(process -> {
                    to.add(HostMetric.VM_CPU, process.cpu().toMillis() / 1e3, id, name);
                    to.add(HostMetric.VM_RESIDENT, process.resident().bytes(), id, name);
                });
    }

    private static void disk(String id, String name, DiskActivity disk, Exposition to) {
        to.add(HostMetric.DISK_READ_BYTES, disk.readBytes(), id, name, disk.node());
        to.add(HostMetric.DISK_WRITTEN_BYTES, disk.writtenBytes(), id, name, disk.node());
        to.add(HostMetric.DISK_READS, disk.reads(), id, name, disk.node());
        to.add(HostMetric.DISK_WRITES, disk.writes(), id, name, disk.node());
        to.add(HostMetric.DISK_FLUSHES, disk.flushes(), id, name, disk.node());
    }

    private static void card(String id, String name, NicId nic, @Nullable PortCounters counters, Exposition to) {
        if (counters == null) {
            return;
        }
        String card = nic.toString();
        to.add(HostMetric.NIC_RECEIVED_BYTES, counters.in().bytes(), id, name, card);
        to.add(HostMetric.NIC_RECEIVED, counters.in().packets(), id, name, card);
        to.add(HostMetric.NIC_RECEIVE_DROPS, counters.in().dropped(), id, name, card);
        to.add(HostMetric.NIC_SENT_BYTES, counters.out().bytes(), id, name, card);
        to.add(HostMetric.NIC_SENT, counters.out().packets(), id, name, card);
        to.add(HostMetric.NIC_SEND_DROPS, counters.out().dropped(), id, name, card);
    }

    private static void qmp(Exposition to) {
        QmpTimes.all().forEach((command, answers) -> {
            to.histogram(
                    HostMetric.QMP_SECONDS,
                    QmpTimes.bounds(),
                    answers.counts(),
                    answers.all(),
                    answers.seconds(),
                    command);
            to.add(HostMetric.QMP_FAILURES, answers.failures(), command);
        });
    }

    private void reports(Exposition to) {
        Reporter.Standing standing = reports.get();
        to.add(HostMetric.REPORTS_TAKEN, standing.taken());
        to.add(HostMetric.REPORTS_FAILED, standing.failed());
        Instant last = standing.lastTaken();
        if (last != null) {
            to.add(HostMetric.REPORT_AGE, Duration.between(last, Instant.now()).toMillis() / 1e3);
        }
    }
}
