package dev.yado.api;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** A file that holds one line of text, readable by its owner alone. It is written whole or not at all. */
public record SecretFile(Path path) {

    /** Empty when there is no file or it is blank. */
    public Optional<String> read() throws IOException {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        String text = Files.readString(path, StandardCharsets.UTF_8).strip();
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    /** What the file holds; where it holds nothing, what is made now, unless another process is first with its own. */
    public String readOrMake(Supplier<String> making) throws IOException {
        Optional<String> known = read();
        if (known.isPresent()) {
            return known.get();
        }
        Path fresh = writeBeside(making.get());
        try {
            Files.createLink(path, fresh);
        } catch (FileAlreadyExistsException blankOrAnothers) {
            if (read().isEmpty()) {
                Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(fresh);
        }
        return read().orElseThrow(() -> new IOException(path + " is empty"));
    }

    public void write(String text) throws IOException {
        Files.move(writeBeside(text), path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private Path writeBeside(String text) throws IOException {
        Path directory = path.toAbsolutePath().resolveSibling("");
        Files.createDirectories(directory);
        Path fresh = directory.resolve(
                "." + path.getFileName() + "." + ProcessHandle.current().pid());
        Files.deleteIfExists(fresh);
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (FileChannel file =
                FileChannel.open(fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text + "\n");
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            file.force(true);
        }
        return fresh;
    }
}
