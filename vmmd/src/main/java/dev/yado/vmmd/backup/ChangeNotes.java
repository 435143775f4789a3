package dev.yado.vmmd.backup;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.backup.BackupAnswer.DiskChanges.Found;
import dev.yado.vmmd.qemu.ActiveNodes;
import dev.yado.vmmd.qmp.BackupCommand;
import dev.yado.vmmd.qmp.BackupCommand.Bitmap;
import dev.yado.vmmd.qmp.BackupCommand.OfBitmap;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * QEMU's note of what was written to a disk since its newest backup: a bitmap that is named after that backup. It is a cache: where
 * anything is in doubt it is thrown away and the disk is read and compared.
 */
final class ChangeNotes {
    private static final Logger log = LoggerFactory.getLogger(ChangeNotes.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final QmpSession qemu;
    private final ActiveNodes disks;
    private final BackupId backup;
    private final @Nullable BackupId previous;

    ChangeNotes(QmpSession qemu, ActiveNodes disks, BackupId backup, @Nullable BackupId previous) {
        this.qemu = qemu;
        this.disks = disks;
        this.backup = backup;
        this.previous = previous;
    }

    /** @param why null for BITMAP */
    record Judgement(Found found, @Nullable String why) {
        static Judgement compare(String why) {
            return new Judgement(Found.COMPARE, why);
        }
    }

    /** Of a disk that is in the previous backup as well. */
    Judgement judge(int place) throws QmpException, InterruptedException {
        if (previous == null) {
            throw new IllegalStateException("there is no previous backup to compare with");
        }
        Optional<Bitmap> note = find(disks.of(place), Names.bitmap(previous));
        if (note.isEmpty()) {
            return Judgement.compare("QEMU has no note of what was written since backup " + previous + ".");
        }
        Bitmap found = note.get();
        if (found.inconsistent()) {
            return Judgement.compare("The QEMU that noted what was written did not end well.");
        }
        if (found.busy()) {
            return Judgement.compare("QEMU's note of what was written is in use.");
        }
        if (!found.recording()) {
            return Judgement.compare("QEMU has not noted all that was written since backup " + previous + ".");
        }
        return new Judgement(Found.BITMAP, null);
    }

    /**
     * Before the point: from now on it is noted what is written, which is more than what is written after the point and so enough.
     *
     * @return false when QEMU cannot: the next backup compares
     */
    boolean begin(int place, Judgement judgement) throws QmpException, InterruptedException {
        String node = disks.of(place);
        for (Bitmap old : bitmaps(node)) {
            boolean wanted = judgement.found() == Found.BITMAP
                    && previous != null
                    && old.name().equals(Names.bitmap(previous));
            if (old.name().startsWith(Names.BITMAP) && !wanted && !old.busy()) {
                run(new BackupCommand.BitmapRemove(node, old.name()));
            }
        }
        try {
            run(new BackupCommand.BitmapAdd(node, Names.bitmap(backup), true));
            return true;
        } catch (QmpException e) {
            log.warn("{} gets no bitmap, the next backup has to compare: {}", node, e.getMessage());
            return false;
        }
    }

    /** After the point: what the previous backup's note has is all that may have changed, and perhaps more. */
    void freeze(int place) throws QmpException, InterruptedException {
        if (previous != null) {
            run(new BackupCommand.BitmapDisable(disks.of(place), Names.bitmap(previous)));
        }
    }

    /** Has the view know what is frozen. */
    void copyTo(int place, String view) throws QmpException, InterruptedException {
        if (previous != null) {
            run(new BackupCommand.BitmapAdd(view, Names.CHANGED, false));
            run(new BackupCommand.BitmapMerge(view, Names.CHANGED, disks.of(place), Names.bitmap(previous)));
        }
    }

    /** There is such a backup: from now on its own note counts. */
    void keep(int place) throws QmpException, InterruptedException {
        if (previous != null && find(disks.of(place), Names.bitmap(previous)).isPresent()) {
            run(new BackupCommand.BitmapRemove(disks.of(place), Names.bitmap(previous)));
        }
    }

    /** There is none: the previous backup's note goes on, with what was written meanwhile. */
    void takeBack(int place) throws QmpException, InterruptedException {
        String node = disks.of(place);
        String own = Names.bitmap(backup);
        Optional<Bitmap> since = find(node, own);
        List<OfBitmap> actions = new ArrayList<>();
        if (previous != null) {
            String older = Names.bitmap(previous);
            Optional<Bitmap> before = find(node, older);
            if (before.isPresent() && !before.get().recording()) {
                boolean whole = since.filter(note -> note.recording() && !note.inconsistent())
                        .isPresent();
                if (whole && !before.get().inconsistent()) {
                    actions.add(new BackupCommand.BitmapMerge(node, older, node, own));
                    actions.add(new BackupCommand.BitmapEnable(node, older));
                } else {
                    actions.add(new BackupCommand.BitmapRemove(node, older));
                }
            }
        }
        since.ifPresent(_ -> actions.add(new BackupCommand.BitmapRemove(node, own)));
        if (!actions.isEmpty()) {
            qemu.run(new BackupCommand.Transaction(actions), PATIENCE);
        }
    }

    private Optional<Bitmap> find(String node, String name) throws QmpException, InterruptedException {
        return bitmaps(node).stream()
                .filter(bitmap -> bitmap.name().equals(name))
                .findAny();
    }

    private List<Bitmap> bitmaps(String node) throws QmpException, InterruptedException {
        Map<String, List<Bitmap>> nodes = qemu.run(new BackupCommand.QueryNodes(), PATIENCE);
        return nodes.getOrDefault(node, List.of());
    }

    private void run(OfBitmap command) throws QmpException, InterruptedException {
        qemu.run(command, PATIENCE);
    }
}
