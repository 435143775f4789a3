package dev.yado.vmmd.backup;

import dev.yado.protocol.BackupId;
import dev.yado.vmmd.qemu.GuestMachine;

/** What the parts of a backup are called in QEMU's block graph: always the same, so that whoever comes later finds them. */
final class Names {
    static final String BITMAP = "yado-";
    /** Of the view: what the note of the previous backup had at the point. */
    static final String CHANGED = "changed";

    private Names() {}

    static String disk(int place) {
        return GuestMachine.node(place);
    }

    static String device(int place) {
        return "vd" + place;
    }

    static String scratch(int place) {
        return "backup-scratch" + place;
    }

    static String filter(int place) {
        return "backup-filter" + place;
    }

    static String view(int place) {
        return "backup-view" + place;
    }

    static String target(int place) {
        return "backup-target" + place;
    }

    static String job(int place) {
        return "backup" + place;
    }

    /** It notes what is written after this backup's point. */
    static String bitmap(BackupId backup) {
        return BITMAP + backup;
    }
}
