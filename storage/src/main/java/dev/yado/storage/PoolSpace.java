package dev.yado.storage;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.YadoException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;

/** Room on the file system of a pool, rounded down. */
public record PoolSpace(Mebibytes total, Mebibytes free) {
    private static final long SCRATCH_BYTES = 64 << 20;

    static PoolSpace of(Path directory) throws IOException {
        // Not by FileStore, which wants the mount point to be listed: in a chroot it is not.
        File file = directory.toFile();
        long total = file.getTotalSpace();
        if (total == 0) {
            throw new IOException("the file system of " + directory + " does not tell its size");
        }
        return new PoolSpace(new Mebibytes(total >> 20), new Mebibytes(file.getUsableSpace() >> 20));
    }

    /**
     * For a file that grows by what a guest does: there is to be as much room as any new disk has to find.
     *
     * @param what begins the sentence of the refusal
     * @throws YadoException {@link ErrorCode#STORAGE_FULL}
     */
    public static void requireForScratch(Path directory, String what) throws IOException {
        require(directory, what, SCRATCH_BYTES, PoolSettings.DEFAULT.reserve());
    }

    /**
     * @param what begins the sentence of the refusal
     * @throws YadoException {@link ErrorCode#STORAGE_FULL} when less than needed and reserved is free
     */
    static void require(Path directory, String what, long neededBytes, Mebibytes reserve) throws IOException {
        Mebibytes needed = Mebibytes.ceilOfBytes(neededBytes);
        Mebibytes free = of(directory).free();
        if (free.compareTo(needed.plus(reserve)) < 0) {
            throw new YadoException(
                    ErrorCode.STORAGE_FULL,
                    what + " needs " + needed + " and " + reserve + " stay reserved, but the pool of the host has only "
                            + free + " free.");
        }
    }
}
