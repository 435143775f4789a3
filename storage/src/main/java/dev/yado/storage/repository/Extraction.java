package dev.yado.storage.repository;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Writes a disk of a backup into a raw file, with holes where there are only zeroes. */
public final class Extraction {
    private static final int PIECE = 4 << 20;
    /** More than processors, since stores have long ways. */
    private static final int THREADS = 8;

    private Extraction() {}

    /**
     * The file has its name when it is whole and on the device; before, it has another one.
     *
     * @return how many bytes it takes
     * @throws YadoException {@link ErrorCode#STORAGE_FULL} before anything is written when there is no room; {@link ErrorCode#CONFLICT}
     *     when there is such a file already
     */
    public static long raw(BackupReader.Disk disk, Path file) throws InterruptedException {
        List<Extent> data = disk.extents().stream().filter(Extent::data).toList();
        long bytes = data.stream().mapToLong(Extent::length).sum();
        Path unfinished = file.resolveSibling(file.getFileName() + ".part");
        try {
            long room = Files.getFileStore(file.toAbsolutePath().resolveSibling("."))
                    .getUsableSpace();
            if (room < bytes) {
                throw new YadoException(
                        ErrorCode.STORAGE_FULL,
                        "Disk " + disk.id() + " needs " + bytes + " bytes at " + file + ", and there are " + room
                                + ".");
            }
            if (Files.exists(file)) {
                throw new YadoException(
                        ErrorCode.CONFLICT, "There is a file " + file + " already; it is not overwritten.");
            }
            try (FileChannel channel = FileChannel.open(
                    unfinished,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                copy(disk, data, channel);
                if (channel.size() < disk.sizeBytes()) {
                    // A hole at the end, made by its last byte.
                    channel.write(ByteBuffer.allocate(1), disk.sizeBytes() - 1);
                }
                channel.force(true);
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            return bytes;
        } catch (IOException e) {
            throw new YadoException(
                    ErrorCode.INTERNAL,
                    "Disk " + disk.id() + " cannot be written to " + file + ": " + e.getMessage() + ".",
                    e);
        } finally {
            try {
                Files.deleteIfExists(unfinished);
            } catch (IOException e) {
                // It is in nobody's way: the next extraction writes over it.
            }
        }
    }

    private static void copy(BackupReader.Disk disk, List<Extent> data, FileChannel to)
            throws IOException, InterruptedException {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> pieces = new ArrayList<>();
            for (Extent extent : data) {
                long end = extent.offset() + extent.length();
                for (long at = extent.offset(); at < end; at = (at / PIECE + 1) * PIECE) {
                    long begin = at;
                    int length = (int) (Math.min((at / PIECE + 1) * PIECE, end) - at);
                    pieces.add(pool.submit(() -> {
                        copy(disk, begin, length, to);
                        return true;
                    }));
                }
            }
            for (Future<?> each : pieces) {
                each.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException problem) {
                throw problem;
            }
            if (e.getCause() instanceof YadoException coded) {
                throw new YadoException(coded.code(), String.valueOf(coded.getMessage()), coded);
            }
            throw new IllegalStateException("a part of a disk could not be copied", e.getCause());
        } finally {
            pool.shutdownNow();
            pool.close();
        }
    }

    private static void copy(BackupReader.Disk disk, long offset, int length, FileChannel to) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(length);
        disk.read(offset, piece);
        piece.flip();
        while (piece.hasRemaining()) {
            to.write(piece, offset + piece.position());
        }
    }
}
