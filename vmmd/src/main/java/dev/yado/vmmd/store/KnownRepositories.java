package dev.yado.vmmd.store;

import dev.yado.vmmd.store.DurableFile.Survives;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/** Which repositories this host has seen under which name, so that one that is not mounted is not taken to be empty. */
public final class KnownRepositories {
    private final Path directory;

    public KnownRepositories(StateDirectory state) throws IOException {
        directory = Files.createDirectories(state.root().resolve("repositories"));
    }

    /** Empty for one that was never seen. */
    public Optional<UUID> seen(String name) throws IOException {
        Path file = directory.resolve(name);
        try {
            return Optional.of(UUID.fromString(Files.readString(file).strip()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " does not name a repository", e);
        }
    }

    public void seen(String name, UUID repository) throws IOException {
        if (!seen(name).equals(Optional.of(repository))) {
            DurableFile.replace(
                    directory.resolve(name),
                    repository.toString().getBytes(StandardCharsets.UTF_8),
                    Survives.POWER_CUT);
        }
    }
}
