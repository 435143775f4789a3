package dev.yado.host;

import dev.yado.protocol.HostId;
import dev.yado.protocol.trust.Machine;

/**
 * Where a host's daemon is reached.
 *
 * @param machine who has to answer there: the host itself, or the simulator that speaks for it
 */
public record HostAddress(HostId id, String name, String url, Machine machine) {}
