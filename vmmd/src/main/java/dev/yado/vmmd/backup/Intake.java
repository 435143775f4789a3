package dev.yado.vmmd.backup;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.backup.BackupAnswer.DiskChanges.Found;
import dev.yado.storage.nbd.NbdExport;
import dev.yado.storage.repository.DiskWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What QEMU writes a disk to that is backed up, from its begin to its end. By a bitmap QEMU leaves out what has not changed; else
 * it leaves out nothing.
 */
final class Intake implements NbdExport.Sink {
    private final DiskId disk;
    private final long sizeBytes;
    private final Found found;
    private final DiskWriter writer;
    private long position;
    private long changedBytes;
    /** Of the bytes before {@link #position}: zeroes that the writer has not been told of, since more may follow. */
    private long zeroes;

    private @Nullable Exception failure;

    Intake(DiskId disk, long sizeBytes, Found found, DiskWriter writer) {
        this.disk = disk;
        this.sizeBytes = sizeBytes;
        this.found = found;
        this.writer = writer;
    }

    DiskId disk() {
        return disk;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public synchronized void write(long offset, ByteBuffer content) throws IOException {
        int length = content.remaining();
        take(offset, length, () -> {
            tellZeroes();
            switch (found) {
                case COMPARE -> writer.compare(offset, content);
                case BITMAP, FULL -> writer.write(offset, content);
            }
        });
        changedBytes += length;
    }

    @Override
    public synchronized void zero(long offset, long length) throws IOException {
        take(offset, length, () -> zeroes += length);
    }

    /** QEMU tells them in small pieces; a long run costs the writer no more than a short one. */
    private void tellZeroes() {
        if (zeroes > 0) {
            writer.zero(position - zeroes, zeroes);
            zeroes = 0;
        }
    }

    private void take(long offset, long length, Runnable what) throws IOException {
        Exception before = failure;
        if (before != null) {
            throw new IOException("nothing more is taken of disk " + disk, before);
        }
        try {
            leaveOut(offset);
            what.run();
            position = offset + length;
        } catch (IOException | RuntimeException e) {
            failure = e;
            throw e;
        }
    }

    private void leaveOut(long until) throws IOException {
        if (until < position || (until > position && found != Found.BITMAP)) {
            throw new IOException("QEMU gives disk " + disk + " out of order: " + until + " after " + position);
        }
        if (until > position) {
            tellZeroes();
            writer.unchanged(position, until - position);
            position = until;
        }
    }

    /** QEMU has given all. */
    synchronized void end() throws IOException {
        leaveOut(sizeBytes);
        tellZeroes();
        writer.close();
    }

    /** Nothing more is taken. Returns when nobody is in it any more. */
    synchronized void abandon() {
        if (failure == null) {
            failure = new IOException("the backup is broken off");
        }
        writer.close();
    }

    /** Why it took no more, when that was not QEMU's fault; null: it did. */
    synchronized @Nullable YadoException failure() {
        return failure instanceof YadoException known ? known : null;
    }

    synchronized @Nullable String complaint() {
        return failure == null ? null : failure.getMessage();
    }

    synchronized long position() {
        return position;
    }

    synchronized long changedBytes() {
        return changedBytes;
    }
}
