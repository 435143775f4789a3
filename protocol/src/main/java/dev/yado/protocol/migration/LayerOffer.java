package dev.yado.protocol.migration;

import dev.yado.protocol.HostId;

/**
 * A source lets a destination read what snapshots have.
 *
 * @param id the move for which
 * @param to who may read
 */
public record LayerOffer(MigrationId id, HostId to) {}
