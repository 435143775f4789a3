package dev.yado.vmmd.backup;

import dev.yado.protocol.YadoException;
import dev.yado.storage.nbd.NbdExport;
import dev.yado.storage.repository.BackupReader;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A disk in a backup, as QEMU reads it. */
final class Restoring implements NbdExport.Source {
    /** A map of more than that is told in pieces. */
    private static final long MOST_LOOKED_AT = 1L << 30;

    private final BackupReader.Disk disk;
    private volatile @Nullable YadoException failure;

    Restoring(BackupReader.Disk disk) {
        this.disk = disk;
    }

    @Override
    public long sizeBytes() {
        return disk.sizeBytes();
    }

    @Override
    public void read(long offset, ByteBuffer to) {
        try {
            disk.read(offset, to);
        } catch (YadoException e) {
            failure = e;
            throw e;
        }
    }

    @Override
    public List<Part> parts(long offset, long length) {
        return disk.extents(offset, Math.min(length, MOST_LOOKED_AT)).stream()
                .map(extent -> new Part(extent.length(), extent.data()))
                .toList();
    }

    /** What kept it from being read, if anything did. */
    void rethrow() {
        YadoException e = failure;
        if (e != null) {
            throw e;
        }
    }
}
