package dev.yado.host;

import dev.yado.protocol.Architecture;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.migration.MigrationFacts;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A host as moves see it.
 *
 * @param url of its daemon
 * @param alive its lease has not expired
 * @param maintenance it is taken out of service: nothing moves there
 * @param network null: it carries none
 * @param facts null: it takes part in no move
 */
public record MigrationSight(
        HostId id,
        String name,
        String url,
        boolean alive,
        Duration silence,
        boolean maintenance,
        Architecture architecture,
        String qemuVersion,
        String agentVersion,
        @Nullable NetworkFacts network,
        @Nullable MigrationFacts facts) {}
