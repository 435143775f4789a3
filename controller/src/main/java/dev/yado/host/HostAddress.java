package dev.yado.host;

import dev.yado.protocol.HostId;

/** Where a host's daemon is reached. */
public record HostAddress(HostId id, String name, String url) {}
