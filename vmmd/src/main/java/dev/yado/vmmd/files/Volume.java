package dev.yado.vmmd.files;

import dev.yado.storage.nbd.NbdExport;
import dev.yado.storage.repository.BackupReader;
import java.nio.ByteBuffer;
import java.util.List;

/** A part of a disk of a backup, or all of it, as something that can be read like a disk. */
record Volume(BackupReader.Disk disk, long offset, long length) implements NbdExport.Source {
    private static final long MOST_LOOKED_AT = 32L << 20;

    @Override
    public long sizeBytes() {
        return length;
    }

    @Override
    public void read(long at, ByteBuffer to) {
        disk.read(offset + at, to);
    }

    @Override
    public List<Part> parts(long at, long count) {
        return disk.extents(offset + at, Math.min(count, MOST_LOOKED_AT)).stream()
                .map(extent -> new Part(extent.length(), extent.data()))
                .toList();
    }
}
