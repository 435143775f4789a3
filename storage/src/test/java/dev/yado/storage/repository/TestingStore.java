package dev.yado.storage.repository;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.chunk.PackId;
import dev.yado.storage.repository.store.ObjectStore;
import dev.yado.storage.repository.store.StoredObject;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A store in memory with a clock that is set by hand, which can be told to die: from the call of that number on, none succeeds. */
final class TestingStore implements ObjectStore {
    private final ConcurrentSkipListMap<String, Stored> objects = new ConcurrentSkipListMap<>();
    private final AtomicInteger calls = new AtomicInteger();
    private volatile int diesAt = Integer.MAX_VALUE;
    private volatile ErrorCode dyingWords = ErrorCode.REPOSITORY_UNAVAILABLE;
    private volatile Instant now = Instant.parse("2026-11-21T02:00:00Z");

    private volatile CountDownLatch packs = new CountDownLatch(0);
    private final AtomicInteger held = new AtomicInteger();

    private record Stored(byte[] content, Instant modified) {}

    /** A copy that shares nothing. */
    TestingStore copy() {
        TestingStore copy = new TestingStore();
        objects.forEach((name, stored) ->
                copy.objects.put(name, new Stored(stored.content().clone(), stored.modified())));
        copy.now = now;
        return copy;
    }

    void diesAtCall(int number, ErrorCode code) {
        calls.set(0);
        diesAt = number;
        dyingWords = code;
    }

    void lives() {
        diesAt = Integer.MAX_VALUE;
    }

    boolean died() {
        return calls.get() >= diesAt;
    }

    /** Who puts a pack waits until they are let go. */
    void holdsPacks() {
        packs = new CountDownLatch(1);
    }

    void letsPacksGo() {
        packs.countDown();
    }

    int heldPacks() {
        return held.get();
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    /** As all who hold one would have done by now. */
    void renewLeases() {
        for (String name : objects.keySet()) {
            if (name.startsWith(Lease.WRITERS) && name.endsWith("/0")) {
                objects.put(name.substring(0, name.length() - 1) + "1", new Stored(new byte[0], now));
            }
        }
    }

    Map<String, byte[]> contents() {
        Map<String, byte[]> contents = new java.util.TreeMap<>();
        objects.forEach((name, stored) -> contents.put(name, stored.content()));
        return contents;
    }

    void tamper(String name, byte[] content) {
        objects.computeIfPresent(name, (key, stored) -> new Stored(content, stored.modified()));
    }

    private void call() {
        if (calls.incrementAndGet() >= diesAt) {
            throw new YadoException(dyingWords, "The store has died.");
        }
    }

    @Override
    public String where() {
        return "memory";
    }

    @Override
    public boolean put(String name, ByteBuffer content) {
        call();
        if (name.startsWith(PackId.FOLDER)) {
            hold();
        }
        byte[] bytes = new byte[content.remaining()];
        content.get(bytes);
        return objects.putIfAbsent(name, new Stored(bytes, now)) == null;
    }

    private void hold() {
        held.incrementAndGet();
        try {
            packs.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            held.decrementAndGet();
        }
    }

    @Override
    public Optional<ByteBuffer> get(String name) {
        call();
        return Optional.ofNullable(objects.get(name))
                .map(stored -> ByteBuffer.wrap(stored.content().clone()));
    }

    @Override
    public Optional<ByteBuffer> get(String name, long offset, int length) {
        return get(name).map(all -> {
            int from = (int) Math.min(offset, all.limit());
            return all.position(from)
                    .limit((int) Math.min((long) from + length, all.limit()))
                    .slice();
        });
    }

    @Override
    public Optional<StoredObject> look(String name) {
        call();
        return Optional.ofNullable(objects.get(name))
                .map(stored -> new StoredObject(name, stored.content().length, stored.modified()));
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> each) {
        call();
        objects.tailMap(prefix).forEach((name, stored) -> {
            if (name.startsWith(prefix)) {
                each.accept(new StoredObject(name, stored.content().length, stored.modified()));
            }
        });
    }

    @Override
    public void delete(String name) {
        call();
        objects.remove(name);
    }

    @Override
    public boolean isEmpty() {
        call();
        return objects.isEmpty();
    }

    @Override
    public boolean checksWrites() {
        return false;
    }
}
