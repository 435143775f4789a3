package dev.yado.simulator.wire;

import dev.yado.protocol.HostId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** The same hosts after a restart: their ids follow from what the state directory holds. What they held is gone by then. */
record Identity(UUID root, long starts) {
    private static final long INCARNATIONS_PER_START = 1_000_000;

    /** Counts this start. */
    static Identity open(Path state) throws IOException {
        Files.createDirectories(state);
        Path file = state.resolve("identity");
        Identity identity = new Identity(UUID.randomUUID(), 0);
        if (Files.exists(file)) {
            String[] parts = Files.readString(file).strip().split(" ", -1);
            identity = new Identity(UUID.fromString(parts[0]), Long.parseLong(parts[1]) + 1);
        }
        Path fresh = state.resolve("identity.new");
        Files.writeString(fresh, identity.root() + " " + identity.starts() + "\n");
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return identity;
    }

    HostId host(int number) {
        return new HostId(UUID.nameUUIDFromBytes((root + "/" + number).getBytes(StandardCharsets.UTF_8)));
    }

    long incarnation() {
        return starts * INCARNATIONS_PER_START + 1;
    }
}
