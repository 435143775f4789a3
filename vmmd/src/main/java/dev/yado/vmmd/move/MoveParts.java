package dev.yado.vmmd.move;

import dev.yado.protocol.trust.MachineTls;
import dev.yado.vmmd.qemu.QemuUser;
import dev.yado.vmmd.store.LessonStore;
import dev.yado.vmmd.store.MoveStore;

/**
 * What all moves of a host share.
 *
 * @param streamAddress where this host listens for memory and disks, as others reach it
 */
public record MoveParts(
        MoveStore store,
        LessonStore lessons,
        StreamAuthority authority,
        MachineTls tls,
        QemuUser user,
        LayerOffers offers,
        String streamAddress) {}
