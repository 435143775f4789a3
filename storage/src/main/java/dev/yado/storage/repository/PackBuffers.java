package dev.yado.storage.repository;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/** Memory for packs that are being filled or written, kept for the next backup: it is outside the heap, and slow to get. */
final class PackBuffers {
    private static final int KEPT = 4;

    private final int bytes;
    private final Deque<ByteBuffer> idle = new ArrayDeque<>();

    /** @param bytes of each */
    PackBuffers(int bytes) {
        this.bytes = bytes;
    }

    ByteBuffer take() {
        synchronized (idle) {
            ByteBuffer ready = idle.poll();
            if (ready != null) {
                return ready;
            }
        }
        return ByteBuffer.allocateDirect(bytes);
    }

    /** It is not used any more by whoever took it. */
    void give(ByteBuffer buffer) {
        synchronized (idle) {
            if (idle.size() < KEPT) {
                idle.add(buffer);
            }
        }
    }
}
