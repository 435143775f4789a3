package dev.yado.network.service;

import dev.yado.protocol.NicId;
import java.util.Optional;

/** Who the guests of this host are. The daemon above knows; it answers at once and from memory. */
@FunctionalInterface
public interface Guests {
    /** The guest that has the card; empty when none here has, or it is to be told nothing. */
    Optional<Guest> of(NicId nic);
}
