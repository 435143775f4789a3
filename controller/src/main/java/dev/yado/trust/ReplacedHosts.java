package dev.yado.trust;

import dev.yado.protocol.HostId;

/** Told of a host whose name goes to another one; it keeps its id and what is placed on it. */
public interface ReplacedHosts {
    void rename(HostId host, String name);
}
