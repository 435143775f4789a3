package dev.yado.host;

import dev.yado.protocol.HostId;
import dev.yado.protocol.MigrationFacts;
import dev.yado.protocol.NetworkFacts;
import org.jspecify.annotations.Nullable;

/**
 * A host as a party to moves.
 *
 * @param url where controllers and other hosts reach its daemon
 * @param alive its lease has not ended
 * @param migration null: it takes part in none
 */
public record MovingHost(
        HostId id,
        String name,
        String url,
        boolean alive,
        @Nullable MigrationFacts migration,
        @Nullable NetworkFacts network) {}
