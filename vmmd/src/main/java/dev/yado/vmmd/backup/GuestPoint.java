package dev.yado.vmmd.backup;

import dev.yado.protocol.backup.BackupAnswer.Consistency;
import dev.yado.protocol.backup.BackupAnswer.Point;
import dev.yado.protocol.backup.BackupJob;
import dev.yado.vmmd.agent.AgentPort;
import dev.yado.vmmd.agent.GuestFileSystems;
import dev.yado.vmmd.agent.GuestFileSystems.Still;
import dev.yado.vmmd.agent.Stillness;
import dev.yado.vmmd.backup.BackupRun.Ground;
import dev.yado.vmmd.qemu.ActiveNodes;
import dev.yado.vmmd.qmp.BackupCommand;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpSession;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The instant that a backup of a running guest shows. From then on, whatever the guest overwrites is first put aside into a scratch
 * file of the host's own, so that it never waits for the repository; when that fails the backup fails and the guest goes on.
 *
 * <p>Filters are put over the disks one after the other, so a guest is held meanwhile: some milliseconds, also one with a single disk. While
 * something of it is under way in an I/O thread QEMU 7.2 ends when a node is put over its disk (<i>qemu_mutex_unlock_impl</i>): it lets go of
 * a lock that it has not. QEMU's own way for all at once, {@code blockdev-backup} in a transaction, lets a guest's write fail when the scratch
 * file does.
 */
final class GuestPoint {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** The guest's write waits so long at most for what it overwrites to be put aside. QEMU 7.2 counts it in 32 bits of nanoseconds. */
    private static final int PUT_ASIDE_SECONDS = 4;

    /**
     * What is read of a snapshot at once. Of a longer piece that begins with what was put aside and goes on with what was not, QEMU
     * before 8.0 reads all from the disk, as it is by then. So it is what QEMU puts aside at once.
     */
    static final long PIECE_BYTES = 64 << 10;

    private final QmpSession qemu;
    private final GuestFileSystems fileSystems;
    private final ActiveNodes disks;
    private final Hold hold;

    /** Who knows whether the guest runs, and has to know that it is held. */
    interface Hold {
        /** @return false when it does not run: then it must not be let run either */
        boolean begin() throws IOException, InterruptedException;

        void end();
    }

    GuestPoint(Ground.Live guest, ActiveNodes disks, Hold hold) {
        this.qemu = guest.qemu();
        this.fileSystems = guest.fileSystems();
        this.disks = disks;
        this.hold = hold;
    }

    /** @param scratch as QEMU sees the file */
    void prepare(int place, Path scratch) throws IOException, InterruptedException {
        qemu.run(new BackupCommand.ScratchAdd(Names.scratch(place), scratch.toString()), PATIENCE);
    }

    /** All disks at one instant, with the guest's file systems still where its agent makes them so in the job's time. */
    Point take(List<Integer> places, BackupJob job) throws IOException, InterruptedException {
        Still still = fileSystems.makeStill(
                AgentPort.of(qemu, PATIENCE), Duration.ofMillis(job.freezeMillis()), "Backup " + job.id() + ".");
        Instant at;
        double pause;
        Stillness how;
        try {
            at = Instant.now();
            pause = change(places);
        } finally {
            how = still.end();
        }
        Consistency consistency = how.whyNot() == null ? Consistency.FILE_SYSTEM : Consistency.CRASH;
        return new Point(at, consistency, how.whyNot(), pause, how.millis());
    }

    /**
     * Filters over the disks, and what the disks had at the point beside them.
     *
     * @return how long the guest was held, in milliseconds
     */
    private double change(List<Integer> places) throws IOException, InterruptedException {
        boolean holding = hold.begin();
        List<QmpCommand<?>> commands = new ArrayList<>();
        if (holding) {
            commands.add(new QmpCommand.Stop());
        }
        for (int place : places) {
            String filter = Names.filter(place);
            commands.add(new BackupCommand.CopyBeforeWriteAdd(
                    filter, disks.of(place), Names.scratch(place), PUT_ASIDE_SECONDS));
            commands.add(new BackupCommand.DriveSet(Names.device(place), filter));
            commands.add(new BackupCommand.SnapshotAccessAdd(Names.view(place), filter));
        }
        if (holding) {
            commands.add(new QmpCommand.Cont());
        }
        long began = System.nanoTime();
        try {
            qemu.runAll(commands, PATIENCE);
            return holding ? (System.nanoTime() - began) / 1e6 : 0;
        } finally {
            if (holding) {
                hold.end();
            }
        }
    }
}
