package dev.yado.scheduler;

import dev.yado.protocol.HostId;
import java.util.Optional;

/** A VM that an administrator has pinned is on its host or nowhere. */
record PinnedHost() implements Filter {
    @Override
    public String rule() {
        return "pinned-host";
    }

    @Override
    public Optional<Refusal> refuse(HostSnapshot host, PlacementRequest request) {
        HostId pinned = request.kept().pinned();
        return pinned == null || pinned.equals(host.id())
                ? Optional.empty()
                : Optional.of(
                        new Refusal("host " + pinned, "host " + host.id(), "is not the host that the VM is pinned to"));
    }
}
