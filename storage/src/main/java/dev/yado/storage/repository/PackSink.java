package dev.yado.storage.repository;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.chunk.ChunkId;
import dev.yado.storage.repository.chunk.Locator;
import dev.yado.storage.repository.chunk.PackBuilder;
import dev.yado.storage.repository.chunk.PackTable;
import dev.yado.storage.repository.store.ObjectStore;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Takes chunks, fills packs and writes them while the next is filled: up to {@link #UNDER_WAY} beside one another, so that a store
 * with long ways is used and a slow one is waited for. For many threads at once.
 */
final class PackSink implements AutoCloseable {
    private static final int UNDER_WAY = 3;

    private final ObjectStore store;
    private final PackBuffers memory;
    private final List<PackTable> written = new ArrayList<>();
    private final Deque<ByteBuffer> spare = new ArrayDeque<>();
    private int buffers;
    private int underWay;
    private @Nullable PackBuilder filling;
    private @Nullable Throwable failure;
    private boolean closed;

    PackSink(ObjectStore store, PackBuffers memory) {
        this.store = store;
        this.memory = memory;
    }

    /** @throws YadoException that of a pack which could not be written, this one or one before */
    synchronized Locator add(ChunkId id, int plain, ByteBuffer stored) {
        if (filling != null && !filling.fits(stored.remaining())) {
            send(filling);
            filling = null;
        }
        if (filling == null) {
            filling = new PackBuilder(buffer());
        }
        return filling.add(id, plain, stored);
    }

    private ByteBuffer buffer() {
        while (true) {
            fail();
            ByteBuffer ready = spare.poll();
            if (ready != null) {
                return ready;
            }
            if (buffers <= UNDER_WAY) {
                buffers++;
                return memory.take();
            }
            pause();
        }
    }

    private void pause() {
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new YadoException(ErrorCode.CANCELLED, "The backup was broken off.", e);
        }
    }

    private void fail() {
        if (closed) {
            throw new YadoException(ErrorCode.CANCELLED, "The backup was broken off.");
        }
        if (failure instanceof YadoException coded) {
            throw new YadoException(coded.code(), String.valueOf(coded.getMessage()), coded);
        }
        if (failure != null) {
            throw new IllegalStateException("a pack could not be written", failure);
        }
    }

    private void send(PackBuilder full) {
        PackBuilder.Packed packed = full.finish();
        underWay++;
        Thread.ofVirtual().name("backup pack").start(() -> {
            @Nullable Throwable problem = null;
            try {
                write(packed);
            } catch (RuntimeException | Error e) {
                problem = e;
            }
            sent(packed, problem);
        });
    }

    private synchronized void sent(PackBuilder.Packed packed, @Nullable Throwable problem) {
        underWay--;
        if (closed) {
            memory.give(packed.content());
            return;
        }
        spare.add(packed.content());
        if (problem == null) {
            written.add(packed.table());
        } else if (failure == null) {
            failure = problem;
        }
        notifyAll();
    }

    private void write(PackBuilder.Packed packed) {
        String name = packed.table().pack().object();
        long sum = sum(packed.content().duplicate());
        store.put(name, packed.content());
        if (store.checksWrites()) {
            return;
        }
        ByteBuffer there = store.get(name).orElse(ByteBuffer.allocate(0));
        if (there.remaining() != packed.table().bytes() || sum(there) != sum) {
            throw new YadoException(
                    ErrorCode.BACKUP_FAILED,
                    "The repository in " + store.where() + " does not give back what was written to it: pack "
                            + packed.table().pack() + " differs.");
        }
    }

    private static long sum(ByteBuffer content) {
        CRC32C sum = new CRC32C();
        sum.update(content);
        return sum.getValue();
    }

    /** Begins to write what is left. */
    synchronized void flush() {
        if (filling != null && !filling.isEmpty()) {
            send(filling);
            filling = null;
        }
    }

    /**
     * Writes what is left and waits for all.
     *
     * @return the packs that were written
     */
    synchronized List<PackTable> finish() {
        flush();
        while (underWay > 0) {
            pause();
        }
        fail();
        return List.copyOf(written);
    }

    /** Who waits is let go. What is under way is not waited for, since a slow store may take hours; it becomes garbage. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (filling != null) {
            spare.add(filling.content());
            filling = null;
        }
        spare.forEach(memory::give);
        spare.clear();
        notifyAll();
    }
}
