package dev.yado.vmmd.vm;

import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.vmmd.qmp.QmpSession;
import org.jspecify.annotations.Nullable;

/**
 * A VM as its loop saw it last, for whoever watches it without disturbing the loop.
 *
 * @param spec null once deleted
 * @param starts how often this daemon has started it
 * @param pid of its process; 0 without one
 * @param moves it comes or goes, or has gone
 * @param session null while QEMU cannot be asked
 */
public record GuestSight(
        VmId id,
        @Nullable VmSpec spec,
        ObservedState state,
        long starts,
        long pid,
        boolean moves,
        @Nullable QmpSession session) {}
