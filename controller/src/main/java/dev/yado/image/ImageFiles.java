package dev.yado.image;

import dev.yado.api.Settings;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.image.ImageHeader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The files below {@code <state>/images}, which only the controller may enter: content named by its digest, and in {@code incoming} what still arrives. */
@Component
class ImageFiles {
    private static final int BUFFER_BYTES = 256 << 10;
    private static final Duration CHECK_EVERY = Duration.ofMillis(250);
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private final Path directory;
    private final Path incoming;
    private final ImageSettings settings;

    ImageFiles(Settings state, ImageSettings settings) {
        this.directory = state.state().resolve("images").toAbsolutePath();
        this.incoming = directory.resolve("incoming");
        this.settings = settings;
        try {
            Files.createDirectories(incoming);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the directory of the images, " + incoming, e);
        }
    }

    /** Asked from time to time while content arrives; ends the transfer by throwing. */
    @FunctionalInterface
    interface Watch {
        void at(long bytesSoFar);
    }

    /**
     * Writes and digests the stream; what it returns survives a power failure.
     *
     * @param announced length that the sender named; negative when it did not
     * @throws YadoException {@code TOO_LARGE}, {@code STORAGE_FULL}, {@code INVALID_REQUEST} when less came than announced
     * @throws IOException when the sender breaks off
     */
    ImageContent receive(ImageId image, InputStream source, long announced, Watch watch) throws IOException {
        if (announced > settings.maxBytes()) {
            throw tooLarge();
        }
        requireSpace(Math.max(0, announced));
        Path file = incoming.resolve(image + "." + UUID.randomUUID());
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            channel.lock();
            ImageContent content = copy(source, file, channel, watch);
            if (announced >= 0 && content.bytes() != announced) {
                throw new YadoException(
                        ErrorCode.INVALID_REQUEST,
                        "the content ended after " + content.bytes() + " of " + announced + " announced bytes");
            }
            channel.force(true);
            return content;
        } catch (IOException | RuntimeException failure) {
            Files.deleteIfExists(file);
            channel.close();
            throw failure;
        }
    }

    private ImageContent copy(InputStream source, Path file, FileChannel channel, Watch watch) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER_BYTES];
        byte[] head = new byte[0];
        long total = 0;
        long checkAt = System.nanoTime();
        for (int read = fill(buffer, source); read > 0; read = fill(buffer, source)) {
            if (head.length < ImageHeader.HEAD_BYTES) {
                head = extend(head, buffer, read);
            }
            total += read;
            if (total > settings.maxBytes()) {
                throw tooLarge();
            }
            digest.update(buffer, 0, read);
            write(channel, ByteBuffer.wrap(buffer, 0, read));
            if (System.nanoTime() >= checkAt) {
                requireSpace(0);
                watch.at(total);
                checkAt = System.nanoTime() + CHECK_EVERY.toNanos();
            }
        }
        return new ImageContent(file, channel, HexFormat.of().formatHex(digest.digest()), total, head);
    }

    /** Fills the buffer, but does not wait long for a slow sender; 0 at the end. */
    private static int fill(byte[] buffer, InputStream source) throws IOException {
        long until = System.nanoTime() + CHECK_EVERY.toNanos();
        int filled = 0;
        do {
            int read = source.read(buffer, filled, buffer.length - filled);
            if (read < 0) {
                break;
            }
            filled += read;
        } while (filled == 0 || (filled < buffer.length && System.nanoTime() < until));
        return filled;
    }

    private static byte[] extend(byte[] head, byte[] more, int count) {
        int added = Math.min(count, ImageHeader.HEAD_BYTES - head.length);
        byte[] longer = Arrays.copyOf(head, head.length + added);
        System.arraycopy(more, 0, longer, head.length, added);
        return longer;
    }

    private void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            if (free() < bytes.capacity()) {
                throw full(0, e);
            }
            throw e;
        }
    }

    /** Gives the content its final name. Content that is there already is kept: it is the same. */
    void keep(ImageContent content) throws IOException {
        Path kept = path(content.sha256());
        if (!Files.exists(kept)) {
            Files.move(content.file(), kept, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel entry = FileChannel.open(directory, StandardOpenOption.READ)) {
                entry.force(true);
            }
        }
    }

    boolean has(String sha256) {
        return Files.exists(path(sha256));
    }

    FileChannel open(String sha256) throws IOException {
        return FileChannel.open(path(sha256), StandardOpenOption.READ);
    }

    void drop(String sha256) throws IOException {
        Files.deleteIfExists(path(sha256));
    }

    /** The digests of all content that is kept. */
    List<String> kept() throws IOException {
        List<String> digests = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (DIGEST.matcher(name).matches()) {
                    digests.add(name);
                }
            }
        }
        return digests;
    }

    /** Removes what arrived for a process that is gone; returns how many files. */
    int dropAbandoned() throws IOException {
        int dropped = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(incoming)) {
            for (Path file : files) {
                if (!isInUse(file)) {
                    Files.deleteIfExists(file);
                    dropped++;
                }
            }
        }
        return dropped;
    }

    private static boolean isInUse(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            return channel.tryLock() == null;
        } catch (OverlappingFileLockException ours) {
            return true;
        }
    }

    private Path path(String sha256) {
        if (!DIGEST.matcher(sha256).matches()) {
            throw new IllegalArgumentException("not a digest: " + sha256);
        }
        return directory.resolve(sha256);
    }

    private void requireSpace(long bytes) throws IOException {
        if (free() - settings.keepFreeBytes() < bytes) {
            throw full(bytes, null);
        }
    }

    private long free() throws IOException {
        return directory.toFile().getUsableSpace();
    }

    private YadoException full(long bytes, @Nullable Throwable cause) throws IOException {
        String detail = "the image store has " + free() + " bytes free, of which " + settings.keepFreeBytes()
                + " stay free" + (bytes > 0 ? "; the image has " + bytes : "");
        return cause == null
                ? new YadoException(ErrorCode.STORAGE_FULL, detail)
                : new YadoException(ErrorCode.STORAGE_FULL, detail, cause);
    }

    private YadoException tooLarge() {
        return new YadoException(
                ErrorCode.TOO_LARGE, "the image is longer than the limit of " + settings.maxBytes() + " bytes");
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
