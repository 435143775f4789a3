package dev.yado.storage;

import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.nio.file.Path;

/** Where restored disks get their content from. Every method throws {@link YadoException} when a backup cannot be read. */
public interface DiskOrigins {
    /** Of a host that restores nothing. */
    DiskOrigins NONE = new DiskOrigins() {
        @Override
        public long dataBytes(DiskOrigin origin, DiskSpec disk) {
            throw new YadoException(
                    ErrorCode.REPOSITORY_UNAVAILABLE, "This host has no repository " + origin.repository() + ".");
        }

        @Override
        public void serve(DiskOrigin origin, Path socket, String export, Filling filling) {
            throw new YadoException(
                    ErrorCode.REPOSITORY_UNAVAILABLE, "This host has no repository " + origin.repository() + ".");
        }
    };

    /** Reads the disk that is served. */
    interface Filling {
        void fill() throws IOException, InterruptedException;
    }

    /**
     * How much room it takes.
     *
     * @throws YadoException {@link ErrorCode#DISK_TOO_SMALL} when the disk is smaller than in the backup
     */
    long dataBytes(DiskOrigin origin, DiskSpec disk);

    /** Serves it on a unix socket while it is filled. */
    void serve(DiskOrigin origin, Path socket, String export, Filling filling) throws IOException, InterruptedException;
}
