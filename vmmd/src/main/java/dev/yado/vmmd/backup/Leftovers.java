package dev.yado.vmmd.backup;

import dev.yado.vmmd.qemu.ActiveNodes;
import dev.yado.vmmd.qmp.BackupCommand;
import dev.yado.vmmd.qmp.BlockCommand;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Takes the parts of a backup out of a QEMU, whoever put them there and however far he came. The guest does not notice. */
final class Leftovers {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration JOB_END = Duration.ofSeconds(20);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(10);

    private final QmpSession qemu;
    private final ActiveNodes disks;

    Leftovers(QmpSession qemu, ActiveNodes disks) {
        this.qemu = qemu;
        this.disks = disks;
    }

    /**
     * @param places of all disks that a backup may have been taken of
     * @throws QmpException when something stays; to be tried again
     */
    void remove(List<Integer> places) throws QmpException, InterruptedException {
        Set<String> nodes = qemu.run(new BackupCommand.QueryNodes(), PATIENCE).keySet();
        for (int place : places) {
            if (nodes.contains(Names.target(place))) {
                // Whoever waits for an answer over it waits no longer.
                attempt(new BlockCommand.Yank(Names.target(place)));
            }
        }
        for (int place : places) {
            endJob(Names.job(place));
        }
        for (int place : places) {
            remove(place, nodes);
        }
    }

    private void remove(int place, Set<String> nodes) throws QmpException, InterruptedException {
        if (nodes.contains(Names.view(place))) {
            delete(Names.view(place));
        }
        if (nodes.contains(Names.filter(place))) {
            qemu.run(new BackupCommand.DriveSet(Names.device(place), disks.of(place)), PATIENCE);
            delete(Names.filter(place));
        }
        if (nodes.contains(Names.scratch(place))) {
            delete(Names.scratch(place));
        }
        if (nodes.contains(Names.target(place))) {
            delete(Names.target(place));
        }
    }

    private void delete(String node) throws QmpException, InterruptedException {
        qemu.run(new BlockCommand.NodeDel(node), PATIENCE);
    }

    private void endJob(String job) throws QmpException, InterruptedException {
        long deadline = System.nanoTime() + JOB_END.toNanos();
        boolean told = false;
        while (true) {
            Optional<BlockCommand.Job> found = qemu.run(new BlockCommand.QueryJobs(), PATIENCE).stream()
                    .filter(each -> each.id().equals(job))
                    .findAny();
            if (found.isEmpty()) {
                return;
            }
            if (found.get().over()) {
                qemu.run(new BlockCommand.JobDismiss(job), PATIENCE);
                return;
            }
            if (!told) {
                attempt(new BlockCommand.JobCancel(job, true));
                told = true;
            }
            if (System.nanoTime() > deadline) {
                throw new QmpException("block job " + job + " does not end");
            }
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    private void attempt(QmpCommand<?> command) throws InterruptedException {
        try {
            qemu.run(command, PATIENCE);
        } catch (QmpException e) {
            // It has ended by itself.
        }
    }
}
