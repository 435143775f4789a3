package dev.yado.vmmd.api;

import dev.yado.vmmd.qemu.LogTail;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.BooleanSupplier;

/** Passes on what a guest says until the reader goes away, the VM is deleted or nothing was said for long. */
final class ConsoleStream implements AutoCloseable {
    private static final int FIRST = 4 << 10;
    private static final int PIECE = 64 << 10;
    /** Below what a typist notices. */
    private static final int QUICK_MILLIS = 5;

    private static final int SLOW_MILLIS = 40;
    /** After this long without a byte the reader is assumed not to type. */
    private static final long QUIET_NANOS = 2_000_000_000L;

    /** A reader that went away is noticed only by writing to it; one that is still there asks again. */
    private static final long LONG_QUIET_NANOS = 3600 * 1_000_000_000L;

    private volatile boolean closed;

    /** @param exists asked again and again: false ends the stream */
    void follow(LogTail output, BooleanSupplier exists, OutputStream reader) throws IOException {
        long position = Math.max(0, output.end() - FIRST);
        long lastByte = System.nanoTime();
        try (reader) {
            reader.flush();
            while (!closed && exists.getAsBoolean() && System.nanoTime() - lastByte < LONG_QUIET_NANOS) {
                LogTail.Piece piece = output.from(position, PIECE);
                position = piece.next();
                if (piece.bytes().length > 0) {
                    reader.write(piece.bytes());
                    reader.flush();
                    lastByte = System.nanoTime();
                } else {
                    Thread.sleep(System.nanoTime() - lastByte < QUIET_NANOS ? QUICK_MILLIS : SLOW_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
