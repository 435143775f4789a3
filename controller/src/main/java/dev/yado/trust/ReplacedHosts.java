package dev.yado.trust;

import dev.yado.protocol.HostId;
import dev.yado.protocol.HostOptions;
import org.jspecify.annotations.Nullable;

/** Told of a host whose name goes to another one; it keeps its id and what is placed on it. */
public interface ReplacedHosts {
    void rename(HostId host, String name);

    /** That its daemon was started with; null when it never said, or is none. */
    @Nullable
    HostOptions options(HostId host);
}
