package dev.yado.vmmd.inventory;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.protocol.inventory.FileFound;
import dev.yado.protocol.inventory.GuestFound;
import dev.yado.protocol.inventory.HostInventory;
import dev.yado.protocol.inventory.HostInventoryAnswer;
import dev.yado.protocol.inventory.SpecDigest;
import dev.yado.vmmd.inventory.Findings.Sight;
import dev.yado.vmmd.qemu.QemuProcess;
import dev.yado.vmmd.report.ControllerClient;
import dev.yado.vmmd.vm.HostParts;
import dev.yado.vmmd.vm.Inspection;
import dev.yado.vmmd.vm.Vms;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks every some seconds at what is really there, heals what is this daemon's to heal, and tells the controller. */
public final class Inventory implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Inventory.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** Sizes of files change all the time and are told with the next change, or after so many looks. */
    private static final int LOOKS_BETWEEN_CONTENTS = 15;

    private final Identity identity;
    private final HostParts host;
    private final Vms vms;
    private final Findings findings;
    private final ControllerClient controller;
    private final Runnable reportFully;
    private final ProcessLook processes;
    private final GuestLook guests;
    private final DiskLook disks;
    private final PoolLook pool;
    private final NetworkLook networks;
    private final Thread thread = Thread.ofVirtual().name("inventory").unstarted(this::run);
    private long number;
    private HostInventory.@Nullable Contents accepted;

    /**
     * @param root of the state directory, without symbolic links
     * @param period between two looks
     */
    public record Identity(HostId host, long incarnation, Path root, Duration period) {}

    /** @param reportFully has the next report be a full one */
    public Inventory(
            Identity identity,
            HostParts host,
            Vms vms,
            Findings findings,
            ControllerClient controller,
            Runnable reportFully) {
        this.identity = identity;
        this.host = host;
        this.vms = vms;
        this.findings = findings;
        this.controller = controller;
        this.reportFully = reportFully;
        this.processes = new ProcessLook(identity.root(), vms);
        this.guests = new GuestLook(host.qemu(), host.cgroups(), findings);
        this.disks = new DiskLook(identity.root(), host.pools());
        this.pool = new PoolLook(identity.root(), host.pools().own(), vms, findings);
        this.networks = new NetworkLook(host.networks(), findings);
    }

    /** To be called once the VMs have been taken over. */
    public void start() {
        thread.start();
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        try {
            while (true) {
                try {
                    tell(look());
                } catch (IOException | RuntimeException e) {
                    log.warn(
                            "the inventory is taken again in {} s: {}",
                            identity.period().toSeconds(),
                            e.toString());
                }
                Thread.sleep(identity.period());
            }
        } catch (InterruptedException e) {
            log.debug("no more inventories");
        }
    }

    private HostInventory.Contents look() throws IOException, InterruptedException {
        for (VmId gone : host.store().restoreTombstones()) {
            findings.healed(new Sight(
                    DriftKind.TOMBSTONE_MISSING,
                    gone,
                    "tombstones/" + gone + ".json",
                    "the record of its deletion",
                    "gone"));
        }
        Map<VmId, Inspection> held = vms.inspect(PATIENCE);
        List<Sight> sights = new ArrayList<>();
        List<FileFound> files = new ArrayList<>();
        List<GuestFound> found = new ArrayList<>();
        Set<DiskId> all = new HashSet<>();
        for (Map.Entry<VmId, Inspection> each : held.entrySet()) {
            VmId id = each.getKey();
            Inspection inspection = each.getValue();
            inspection.restored().forEach(findings::healed);
            found.add(found(inspection));
            sights.addAll(guests.look(id, host.store().directory(id), inspection));
            disks.look(id, host.store().directory(id), inspection, sights, files);
            VmSpec spec = inspection.memory().spec();
            if (spec != null) {
                spec.shape().disks().forEach(disk -> all.add(disk.id()));
            }
        }
        disks.retain(all);
        sights.addAll(processes.look(held));
        pool.look(held, sights, files);
        networks.look(held, sights);
        findings.now(sights);
        return new HostInventory.Contents(found, files, findings.open(), findings.healed());
    }

    private static GuestFound found(Inspection inspection) {
        VmSpec spec = inspection.memory().spec();
        QemuProcess process = inspection.process();
        return new GuestFound(
                inspection.report().id(),
                inspection.memory().generation(),
                inspection.report().runEpoch(),
                inspection.report().state(),
                spec == null ? null : SpecDigest.of(spec),
                process == null ? null : process.pid());
    }

    private void tell(HostInventory.Contents contents) throws IOException {
        if (!controller.hasController()) {
            return;
        }
        number++;
        boolean same = contents.healed().isEmpty()
                && number % LOOKS_BETWEEN_CONTENTS != 0
                && withoutSizes(contents).equals(accepted);
        HostInventoryAnswer answer = controller.put(inventory(same ? null : contents));
        if (answer.sendContents()) {
            answer = controller.put(inventory(contents));
        }
        accepted = withoutSizes(contents);
        findings.told(contents.healed());
        if (answer.reportFully()) {
            reportFully.run();
        }
    }

    private HostInventory inventory(HostInventory.@Nullable Contents contents) {
        return new HostInventory(
                identity.host(), identity.incarnation(), number, host.clock().instant(), contents);
    }

    private static HostInventory.Contents withoutSizes(HostInventory.Contents contents) {
        List<FileFound> files = contents.files().stream()
                .map(file -> new FileFound(file.path(), Math.min(0, file.bytes()), file.expected()))
                .toList();
        return new HostInventory.Contents(contents.guests(), files, contents.open(), List.of());
    }
}
