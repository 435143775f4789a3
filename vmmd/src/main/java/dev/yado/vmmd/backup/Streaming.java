package dev.yado.vmmd.backup;

import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.VmId;
import dev.yado.vmmd.qemu.GuestMachine;
import dev.yado.vmmd.qmp.BackupCommand;
import dev.yado.vmmd.qmp.BlockCommand;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a running QEMU fetch what its disks still lack of their backup, one disk after the other, on a thread of its own. A job of an
 * earlier daemon is taken over. Where the repository fails it is tried again, for as long as QEMU lives.
 */
public final class Streaming {
    private static final Logger log = LoggerFactory.getLogger(Streaming.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);
    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(5);

    private final VmId vm;
    private final QmpSession qemu;
    private final Map<Integer, DiskSpec> disks;
    private final List<Integer> restored;
    private final Consumer<Streaming> over;
    private final Thread thread;
    private volatile boolean complete;

    /**
     * @param disks that lack something, by their place
     * @param restored the places of all that ever did: QEMU may still have a node for them
     * @param over told at its end, unless it is stopped
     */
    public Streaming(
            VmId vm, QmpSession qemu, Map<Integer, DiskSpec> disks, List<Integer> restored, Consumer<Streaming> over) {
        this.restored = List.copyOf(restored);
        this.vm = vm;
        this.qemu = qemu;
        this.disks = Map.copyOf(disks);
        this.over = over;
        thread = Thread.ofVirtual().name("restore " + vm).unstarted(this::run);
    }

    public void begin() {
        thread.start();
    }

    /** QEMU is gone, or somebody else asks it. */
    public void stop() {
        thread.interrupt();
    }

    /** No disk lacks anything. */
    public boolean isComplete() {
        return complete;
    }

    private void run() {
        try {
            for (int place : disks.keySet().stream().sorted().toList()) {
                while (!fetched(place)) {
                    Thread.sleep(BETWEEN_TRIES);
                }
            }
            forget();
            complete = true;
            over.accept(this);
        } catch (QmpException e) {
            log.debug("VM {}: QEMU is gone before all has come", vm, e);
            over.accept(this);
        } catch (InterruptedException e) {
            log.debug("VM {}: nothing more is fetched now", vm);
        }
    }

    private void forget() throws QmpException, InterruptedException {
        Set<String> nodes = qemu.run(new BackupCommand.QueryNodes(), PATIENCE).keySet();
        for (int place : restored) {
            if (nodes.contains(GuestMachine.restored(place))) {
                qemu.run(new BlockCommand.NodeDel(GuestMachine.restored(place)), PATIENCE);
            }
        }
    }

    /** @return false when it is to be tried again */
    private boolean fetched(int place) throws QmpException, InterruptedException {
        String job = "restore" + place;
        if (find(job).isEmpty()) {
            try {
                qemu.run(new BackupCommand.Stream(job, Names.disk(place), 0), PATIENCE);
            } catch (QmpException e) {
                if (qemu.isOver()) {
                    throw e;
                }
                log.warn("VM {}: what disk {} lacks cannot be fetched now: {}", vm, place, e.getMessage());
                return false;
            }
        }
        while (true) {
            Optional<BlockCommand.Job> now = find(job);
            if (now.isEmpty()) {
                return true;
            }
            if (now.get().over()) {
                qemu.run(new BlockCommand.JobDismiss(job), PATIENCE);
                String error = now.get().error();
                if (error != null) {
                    log.warn("VM {}: what disk {} lacks could not be fetched: {}", vm, place, error);
                }
                return error == null;
            }
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    private Optional<BlockCommand.Job> find(String job) throws QmpException, InterruptedException {
        return qemu.run(new BlockCommand.QueryJobs(), PATIENCE).stream()
                .filter(each -> each.id().equals(job))
                .findAny();
    }
}
