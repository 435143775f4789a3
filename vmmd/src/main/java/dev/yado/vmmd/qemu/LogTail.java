package dev.yado.vmmd.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;

/**
 * A file that QEMU appends to and the daemon keeps short: past a limit its end is put aside and the file is emptied, so that a
 * guest cannot fill the host's disk. Positions count all bytes since this object was made, whatever was cut away. Thread-safe.
 */
public final class LogTail {
    /** Past this size the file is cut. */
    static final long LIMIT = 1 << 20;
    /** What is put aside of it. */
    private static final int KEPT = 256 << 10;

    private final Path file;
    private final Path aside;
    /** Position of the first byte of the file. */
    private long base;

    public LogTail(Path file) {
        this.file = file;
        this.aside = file.resolveSibling(file.getFileName() + ".old");
    }

    /** Where the next byte will be. */
    public synchronized long end() throws IOException {
        return base + size();
    }

    /** The newest bytes, at most {@code count}. */
    public synchronized byte[] last(int count) throws IOException {
        byte[] newest = tail(file, count);
        if (newest.length == count) {
            return newest;
        }
        byte[] older = tail(aside, count - newest.length);
        ByteBuffer both = ByteBuffer.allocate(older.length + newest.length);
        return both.put(older).put(newest).array();
    }

    /** The newest whole lines of text, without control characters, at most {@code count}. */
    public List<String> lastLines(int count) throws IOException {
        List<String> lines = new String(last(4096), StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.replaceAll("\\p{Cntrl}", " ").strip())
                .filter(line -> !line.isEmpty())
                .toList();
        return lines.subList(Math.max(0, lines.size() - count), lines.size());
    }

    /**
     * What was written at {@code position} and after it, at most {@code most} bytes.
     *
     * @param next where to go on
     */
    public record Piece(byte[] bytes, long next) {}

    /** Bytes that were cut away in the meantime are passed over. */
    public synchronized Piece from(long position, int most) throws IOException {
        long start = Math.max(position, base);
        byte[] bytes = read(file, start - base, most);
        return new Piece(bytes, start + bytes.length);
    }

    /** Cuts the file when it is past the limit. */
    public synchronized void trim() throws IOException {
        if (size() <= LIMIT) {
            return;
        }
        try (FileChannel channel = FileChannel.open(
                file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
            byte[] kept = tail(file, KEPT);
            Path fresh = aside.resolveSibling(aside.getFileName() + ".new");
            Files.deleteIfExists(fresh);
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(fresh, kept);
            Files.move(fresh, aside, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            base += channel.size();
            // QEMU has the file open for appending, so it goes on at the new end.
            channel.truncate(0);
        }
    }

    private long size() throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    private static byte[] tail(Path file, int count) throws IOException {
        try {
            return read(file, Math.max(0, Files.size(file) - count), count);
        } catch (NoSuchFileException e) {
            return new byte[0];
        }
    }

    private static byte[] read(Path file, long start, int most) throws IOException {
        try (SeekableByteChannel channel =
                Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.clamp(channel.size() - start, 0, most));
            channel.position(start);
            int got = 0;
            while (bytes.hasRemaining() && got >= 0) {
                got = channel.read(bytes);
            }
            byte[] result = new byte[bytes.position()];
            bytes.flip().get(result);
            return result;
        } catch (NoSuchFileException e) {
            return new byte[0];
        }
    }
}
