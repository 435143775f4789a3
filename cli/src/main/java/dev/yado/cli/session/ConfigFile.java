package dev.yado.cli.session;

import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What "yado login" keeps: address, token, tenant. For its owner's eyes only, always whole. */
record ConfigFile(Path path) {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_ENTERS = PosixFilePermissions.fromString("rwx------");

    record Entry(String url, String token, Optional<String> tenant) {
        @Override
        public String toString() {
            return "Entry[" + url + "]";
        }
    }

    static ConfigFile of(Map<String, String> environment) {
        String base = environment.getOrDefault("XDG_CONFIG_HOME", "");
        Path directory = base.startsWith("/")
                ? Path.of(base)
                : Path.of(environment.getOrDefault("HOME", System.getProperty("user.home", ".")), ".config");
        return new ConfigFile(directory.resolve("yado").resolve("config.json"));
    }

    Optional<Entry> read() {
        try {
            Json.Document json = Json.parseDocument(Files.readAllBytes(path));
            return Optional.of(new Entry(json.text("url"), json.text("token"), json.find("tenant")));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (IOException | IllegalArgumentException unreadable) {
            throw Failure.of(
                    ExitCode.USAGE,
                    "CONFIG_UNREADABLE",
                    "cannot read " + path + ": " + unreadable.getMessage(),
                    "Remove it and log in again: yado login");
        }
    }

    /** True when others on this machine can read the token. */
    boolean isOpenToOthers() {
        try {
            return !OWNER_ONLY.containsAll(Files.getPosixFilePermissions(path));
        } catch (IOException | UnsupportedOperationException unknown) {
            return false;
        }
    }

    void write(Entry entry) {
        Json.Document json = new Json.Document().with("url", entry.url()).with("token", entry.token());
        if (entry.tenant().isPresent()) {
            json = json.with("tenant", entry.tenant().get());
        }
        try {
            Path directory = path.toAbsolutePath().getParent();
            if (directory != null && !Files.isDirectory(directory)) {
                Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(OWNER_ENTERS));
            }
            Path fresh =
                    path.resolveSibling("config.json." + ProcessHandle.current().pid());
            try {
                Files.deleteIfExists(fresh);
                Files.createFile(fresh, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
                Files.write(fresh, (json.line() + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8));
                Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(fresh);
            }
        } catch (IOException failure) {
            throw Failure.of(
                    ExitCode.FAILED,
                    "CONFIG_UNWRITABLE",
                    "cannot write " + path + ": " + failure.getMessage(),
                    "Check the directory, or name another one by XDG_CONFIG_HOME.");
        }
    }
}
