package dev.yado.vmmd;

import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.VmSpec;
import dev.yado.storage.Pools;
import dev.yado.storage.SharedPool;
import dev.yado.vmmd.vm.Vms;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is to be done from time to time: logs are kept short, images that nobody uses are removed. */
final class Housekeeping implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Housekeeping.class);
    private static final Duration BETWEEN_TRIMS = Duration.ofSeconds(1);
    private static final long TRIMS_BETWEEN_EVICTIONS = 600;
    private static final long TRIMS_BETWEEN_SHARED_EVICTIONS = 6 * 3600;

    private final Vms vms;
    private final Pools pools;
    private final Thread thread = Thread.ofVirtual().name("housekeeping").unstarted(this::run);

    private Housekeeping(Vms vms, Pools pools) {
        this.vms = vms;
        this.pools = pools;
    }

    static Housekeeping start(Vms vms, Pools pools) {
        Housekeeping housekeeping = new Housekeeping(vms, pools);
        housekeeping.thread.start();
        return housekeeping;
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        try {
            for (long round = 1; ; round++) {
                Thread.sleep(BETWEEN_TRIMS);
                try {
                    vms.trimLogs();
                    if (round % TRIMS_BETWEEN_EVICTIONS == 0) {
                        Set<String> evicted = pools.own().evictUnused(imagesInUse());
                        evicted.forEach(image -> log.info("image {} is no longer used here and was removed", image));
                    }
                    if (round % TRIMS_BETWEEN_SHARED_EVICTIONS == 0) {
                        evictShared();
                    }
                } catch (RuntimeException e) {
                    log.warn("housekeeping goes on after a failure", e);
                }
            }
        } catch (InterruptedException e) {
            log.debug("no more housekeeping");
        }
    }

    private void evictShared() {
        for (SharedPool pool : pools.shared()) {
            pool.evictUnused()
                    .forEach(image -> log.info("no disk of pool {} stands on image {}: removed", pool.name(), image));
        }
    }

    private Set<String> imagesInUse() {
        Set<String> used = new HashSet<>();
        for (VmSpec spec : vms.specs()) {
            DirectBoot boot = spec.shape().boot();
            Stream<ImageRef> disks =
                    spec.shape().disks().stream().map(DiskSpec::image).flatMap(Stream::ofNullable);
            Stream<ImageRef> kernel = boot == null
                    ? Stream.of()
                    : Stream.concat(Stream.of(boot.kernel()), Stream.ofNullable(boot.initrd()));
            Stream.concat(disks, kernel).map(ImageRef::sha256).forEach(used::add);
        }
        return used;
    }
}
