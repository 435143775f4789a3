package dev.yado.storage.repository.store;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory, of this machine or of a shared POSIX file system. An object is written beside, synced and then linked to its name, so
 * it is whole when it has one. Where the {@link #MARKER} is missing the file system is taken to be not mounted: nothing is made there.
 */
public final class DirectoryStore implements ObjectStore {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryStore.class);
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*");
    /** Of objects that are being written. */
    private static final String UNFINISHED = "tmp";

    private static final Duration UNFINISHED_KEPT = Duration.ofDays(1);

    private final Path root;

    /** @param root need not exist yet, its parent must */
    public DirectoryStore(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    @Override
    public String where() {
        return "directory " + root;
    }

    @Override
    public boolean put(String name, ByteBuffer content) {
        Path file = file(name);
        try {
            if (name.equals(MARKER)) {
                makeDirectory(root);
                makeDirectory(root.resolve(UNFINISHED));
            }
            Path parent = file.resolveSibling(".").normalize();
            if (!Files.isDirectory(parent)) {
                needMarker();
                Files.createDirectories(
                        parent, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                for (Path each = parent;
                        !each.equals(root);
                        each = each.resolveSibling(".").normalize()) {
                    sync(each.resolveSibling(".").normalize());
                }
            }
            Path unfinished = root.resolve(UNFINISHED).resolve(UUID.randomUUID().toString());
            try {
                write(unfinished, content);
                Files.createLink(file, unfinished);
            } catch (FileAlreadyExistsException e) {
                return false;
            } finally {
                Files.deleteIfExists(unfinished);
            }
            sync(parent);
            return true;
        } catch (IOException e) {
            throw failure("write to", e);
        }
    }

    private static void write(Path file, ByteBuffer content) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file,
                java.util.Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            while (content.hasRemaining()) {
                channel.write(content);
            }
            channel.force(true);
        }
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void makeDirectory(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            try {
                Files.createDirectory(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                sync(directory.resolveSibling(".").normalize());
            } catch (FileAlreadyExistsException e) {
                LOG.debug("somebody else has just made {}", directory);
            }
        }
    }

    @Override
    public Optional<ByteBuffer> get(String name) {
        return read(name, 0, Integer.MAX_VALUE);
    }

    @Override
    public Optional<ByteBuffer> get(String name, long offset, int length) {
        return read(name, offset, length);
    }

    private Optional<ByteBuffer> read(String name, long offset, int length) {
        try (FileChannel channel = FileChannel.open(file(name), StandardOpenOption.READ)) {
            int there = Math.toIntExact(Math.clamp(channel.size() - offset, 0, length));
            ByteBuffer content = ByteBuffer.allocate(there);
            while (content.hasRemaining()) {
                if (channel.read(content, offset + content.position()) < 0) {
                    throw new EOFException(name + " became shorter while it was read");
                }
            }
            return Optional.of(content.flip());
        } catch (NoSuchFileException e) {
            return absent(name);
        } catch (IOException | ArithmeticException e) {
            throw failure("read from", e);
        }
    }

    @Override
    public Optional<StoredObject> look(String name) {
        try {
            BasicFileAttributes seen = Files.readAttributes(file(name), BasicFileAttributes.class);
            return Optional.of(new StoredObject(name, seen.size(), modified(seen)));
        } catch (NoSuchFileException e) {
            return absent(name);
        } catch (IOException e) {
            throw failure("look into", e);
        }
    }

    private <T> Optional<T> absent(String name) {
        if (!name.equals(MARKER)) {
            try {
                needMarker();
            } catch (IOException e) {
                throw failure("read from", e);
            }
        }
        return Optional.empty();
    }

    private void needMarker() throws IOException {
        if (!Files.exists(root.resolve(MARKER))) {
            throw new NoSuchFileException(root.resolve(MARKER).toString());
        }
    }

    private static Instant modified(BasicFileAttributes seen) {
        return seen.lastModifiedTime().toInstant();
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> each) {
        try {
            needMarker();
            Path start = prefix.isEmpty() ? root : file(prefix.substring(0, prefix.length() - 1));
            if (!Files.isDirectory(start)) {
                return;
            }
            Path unfinished = root.resolve(UNFINISHED);
            Files.walkFileTree(start, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes seen) {
                    return directory.equals(unfinished) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes seen) {
                    each.accept(new StoredObject(root.relativize(file).toString(), seen.size(), modified(seen)));
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException problem) throws IOException {
                    // It went between being named and being looked at.
                    if (problem instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw problem;
                }
            });
        } catch (IOException e) {
            throw failure("list", e);
        }
    }

    @Override
    public void delete(String name) {
        Path file = file(name);
        try {
            Files.deleteIfExists(file);
            Path parent = file.resolveSibling(".").normalize();
            if (Files.isDirectory(parent)) {
                sync(parent);
            }
        } catch (IOException e) {
            throw failure("delete from", e);
        }
    }

    /** Only files older than a day: their writers are gone. */
    @Override
    public void tidy() {
        Path directory = root.resolve(UNFINISHED);
        try {
            needMarker();
            Path probe = directory.resolve(UUID.randomUUID().toString());
            Files.createFile(probe);
            Instant before = Files.getLastModifiedTime(probe).toInstant().minus(UNFINISHED_KEPT);
            Files.delete(probe);
            try (var files = Files.newDirectoryStream(directory)) {
                for (Path each : files) {
                    if (Files.getLastModifiedTime(each).toInstant().isBefore(before)) {
                        Files.deleteIfExists(each);
                    }
                }
            }
        } catch (NoSuchFileException e) {
            LOG.debug("somebody else has just deleted {}", e.getFile());
        } catch (IOException e) {
            throw failure("tidy", e);
        }
    }

    @Override
    public boolean isEmpty() {
        if (Files.notExists(root)) {
            return true;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(root)) {
            return !files.iterator().hasNext();
        } catch (IOException e) {
            throw failure("look into", e);
        }
    }

    @Override
    public boolean checksWrites() {
        return false;
    }

    private Path file(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a name of an object: " + name);
        }
        return root.resolve(name);
    }

    private YadoException failure(String what, Exception cause) {
        LOG.warn("cannot {} {}", what, where(), cause);
        String said = cause.getMessage() == null ? "" : cause.getMessage().toLowerCase(Locale.ROOT);
        String begin = "Cannot " + what + " the repository in " + where() + ": ";
        if (said.contains("no space left") || said.contains("quota exceeded")) {
            return new YadoException(
                    ErrorCode.REPOSITORY_FULL, begin + "there is no space left on its file system.", cause);
        }
        String why;
        if (said.contains("read-only file system")) {
            why = "its file system is mounted read-only.";
        } else if (!Files.exists(root.resolve(MARKER))) {
            why = "its file " + MARKER + " is not there; most likely the file system is not mounted.";
        } else if (cause instanceof AccessDeniedException) {
            why = "the permissions do not allow it.";
        } else if (cause instanceof NotDirectoryException || cause instanceof DirectoryNotEmptyException) {
            why = "there are files where directories ought to be, or the other way round.";
        } else {
            why = "its file system gave an error, which is in the log.";
        }
        return new YadoException(ErrorCode.REPOSITORY_UNAVAILABLE, begin + why, cause);
    }
}
