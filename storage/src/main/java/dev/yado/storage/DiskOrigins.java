package dev.yado.storage;

import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.nio.file.Path;

/** Where restored disks get their content from. Every method throws {@link YadoException} when a backup cannot be read. */
public interface DiskOrigins {
    /** Of a host that restores nothing. */
    DiskOrigins NONE = new DiskOrigins() {
        @Override
        public long sizeBytes(DiskOrigin origin) {
            throw none(origin);
        }

        @Override
        public long dataBytes(DiskOrigin origin) {
            throw none(origin);
        }

        @Override
        public void serve(DiskOrigin origin, Path socket, String export, Filling filling) {
            throw none(origin);
        }

        private YadoException none(DiskOrigin origin) {
            return new YadoException(
                    ErrorCode.REPOSITORY_UNAVAILABLE, "This host has no repository " + origin.repository() + ".");
        }
    };

    /** Reads the disk that is served. */
    interface Filling {
        void fill() throws IOException, InterruptedException;
    }

    /** As the guest saw it. */
    long sizeBytes(DiskOrigin origin);

    /** How much room it takes: looks at all of its map. */
    long dataBytes(DiskOrigin origin);

    /** Serves it on a unix socket while it is filled. */
    void serve(DiskOrigin origin, Path socket, String export, Filling filling) throws IOException, InterruptedException;
}
