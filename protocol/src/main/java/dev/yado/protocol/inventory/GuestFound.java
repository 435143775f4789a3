package dev.yado.protocol.inventory;

import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import org.jspecify.annotations.Nullable;

/**
 * A VM that a host really holds.
 *
 * @param generation the newest accepted one
 * @param runEpoch the permission under which it runs or last ran
 * @param state what the host reports of it at the same moment
 * @param specDigest {@link SpecDigest} of the accepted spec; null while it is being deleted
 * @param pid its process; null when it has none
 */
public record GuestFound(
        VmId id,
        long generation,
        long runEpoch,
        ObservedState state,
        @Nullable String specDigest,
        @Nullable Long pid) {}
