package dev.yado.vm;

import dev.yado.protocol.DesiredState;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of how a VM is: the state follows from nothing else.
 *
 * @param placement null: it has no place yet
 * @param observed null: its host has not reported it yet
 * @param operation null only for rows of before the first operation
 * @param unconfirmed null: it is known what its host holds
 */
public record Sight(
        DesiredState desired,
        long generation,
        @Nullable Placement placement,
        @Nullable Observed observed,
        @Nullable LastOperation operation,
        @Nullable Unconfirmed unconfirmed) {}
