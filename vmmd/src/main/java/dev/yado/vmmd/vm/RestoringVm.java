package dev.yado.vmmd.vm;

import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.storage.Disk;
import dev.yado.storage.DiskSighting;
import dev.yado.storage.Pools;
import dev.yado.vmmd.backup.Streaming;
import dev.yado.vmmd.qmp.QmpSession;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a VM's disks still lack of the backup that they come from, as its loop sees it. While something is lacking, the daemon serves it
 * and a running QEMU fetches it. Only the loop's thread touches it.
 */
final class RestoringVm {
    private static final Logger log = LoggerFactory.getLogger(RestoringVm.class);

    private final VmId id;
    private final HostParts host;
    private final VmRecords records;
    private final Consumer<VmEvent> loop;
    private @Nullable Streaming streaming;
    private boolean lacks;

    RestoringVm(VmId id, HostParts host, VmRecords records, Consumer<VmEvent> loop) {
        this.id = id;
        this.host = host;
        this.records = records;
        this.loop = loop;
    }

    boolean isActive() {
        return streaming != null;
    }

    /** When last looked, a disk lacked something, whether it is fetched at the moment or not. */
    boolean isUnderWay() {
        return lacks;
    }

    /** Looks whether a disk lacks something: after anybody may have made disks, or filled them. */
    boolean look() {
        VmSpec spec = records.spec();
        lacks = spec != null && mayRestore(spec) && !lacking(spec).isEmpty();
        return lacks;
    }

    /** Before its process is asked anything: an earlier daemon served what it may be waiting for. */
    void recover() {
        VmSpec spec = records.spec();
        if (spec == null || !mayRestore(spec)) {
            return;
        }
        try {
            List<DiskSpec> lacking = new ArrayList<>(lacking(spec).values());
            lacks = !lacking.isEmpty();
            if (lacks) {
                host.backups().restores().begin(id, host.store().directory(id), lacking);
            }
        } catch (IOException | YadoException e) {
            log.error("VM {}: what its disks lack cannot be served, its guest waits for it", id, e);
        }
    }

    /** There is a conversation with its process. */
    void attached(@Nullable QmpSession session) {
        VmSpec spec = records.spec();
        if (session == null || spec == null || !mayRestore(spec)) {
            return;
        }
        stop();
        List<DiskSpec> disks = spec.shape().disks();
        List<Integer> restored = IntStream.range(0, disks.size())
                .filter(place -> disks.get(place).origin() != null)
                .boxed()
                .toList();
        Map<Integer, DiskSpec> lacking = lacking(spec);
        lacks = !lacking.isEmpty();
        Streaming way = new Streaming(id, session, lacking, restored, who -> loop.accept(new VmEvent.RestoreOver(who)));
        streaming = way;
        way.begin();
    }

    private static boolean mayRestore(VmSpec spec) {
        return spec.shape().disks().stream()
                .map(DiskSpec::origin)
                .anyMatch(origin -> origin != null && origin.mode() == DiskOrigin.Mode.INSTANT);
    }

    private Map<Integer, DiskSpec> lacking(VmSpec spec) {
        Pools.Home home = new Pools.Home(id, host.store().directory(id));
        Map<Integer, DiskSpec> lacking = new TreeMap<>();
        for (int place = 0; place < spec.shape().disks().size(); place++) {
            DiskSpec disk = spec.shape().disks().get(place);
            if (host.pools().look(home, disk, true).map(DiskSighting::restoring).orElse(false)) {
                lacking.put(place, disk);
            }
        }
        return lacking;
    }

    void over(VmEvent.RestoreOver event) {
        if (event.streaming() == streaming) {
            streaming = null;
            if (event.streaming().isComplete()) {
                lacks = false;
                host.backups().restores().end(id);
                log.info("VM {}: its disks lack nothing of their backup", id);
            }
        }
    }

    /** Its process is gone. */
    void processGone() {
        stop();
        host.backups().restores().end(id);
    }

    private void stop() {
        Streaming way = streaming;
        if (way != null) {
            streaming = null;
            way.stop();
        }
    }

    /** Before a process is started: what it will ask for is served. */
    static void serve(HostParts host, VmSpec spec, List<Disk> disks) throws IOException {
        List<DiskSpec> lacking = new ArrayList<>();
        for (int place = 0; place < disks.size(); place++) {
            if (disks.get(place).restoring()) {
                lacking.add(spec.shape().disks().get(place));
            }
        }
        if (!lacking.isEmpty()) {
            host.backups().restores().begin(spec.id(), host.store().directory(spec.id()), lacking);
        }
    }
}
