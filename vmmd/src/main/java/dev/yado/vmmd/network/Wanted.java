package dev.yado.vmmd.network;

import dev.yado.network.Applied;
import dev.yado.network.Difference;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.network.NetworkAnswer;
import dev.yado.protocol.network.NetworkPolicy;
import dev.yado.protocol.network.NetworkPolicy.Decision;
import dev.yado.protocol.network.NetworkPolicy.Memory;
import dev.yado.vmmd.store.NetworkStore;
import dev.yado.vmmd.store.VmStore.Kept;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All networks, or all routers. What is done to one of them waits for what is done to it before; others go on meanwhile. */
final class Wanted<K extends Comparable<K>, T> {
    private static final Logger log = LoggerFactory.getLogger(Wanted.class);

    /**
     * What a driver does with one sort.
     *
     * @param reading what is wanted with what this host knows better: it changes at any moment, and what is on the host with it, before
     *     {@link #refresh} is called
     */
    record Hands<K, T>(
            UnaryOperator<T> reading,
            Function<T, Applied> apply,
            Function<K, Applied> remove,
            Function<T, List<Difference>> differences) {}

    /** What one of them had on it besides or instead of what is wanted, and whether that is over. */
    record Finding<K>(K id, Difference difference) {}

    /** @param mended what a look has put in order @param problems what it could not, by whose it is */
    record Look<K>(List<Finding<K>> mended, Map<K, String> problems) {}

    private final String word;
    private final NetworkStore<K, T> store;
    private final Hands<K, T> hands;
    private final Map<K, Entry<T>> entries = new ConcurrentHashMap<>();

    private static final class Entry<T> {
        final ReentrantLock lock = new ReentrantLock();
        volatile @Nullable Memory<T> memory;
        volatile @Nullable String problem;
        /** What was on the host when it was last put in order; null: it was not yet, or has been removed. */
        @Nullable
        T enforced;
    }

    /** @param word such as {@code network}, for people */
    Wanted(String word, NetworkStore<K, T> store, Hands<K, T> hands) {
        this.word = word;
        this.store = store;
        this.hands = hands;
    }

    /** Reads the journal and has all of it applied; what was deleted is removed once more. */
    void recover() throws IOException, InterruptedException {
        List<Thread> threads = new ArrayList<>();
        store.load().forEach((id, memory) -> {
            Entry<T> entry = entry(id);
            entry.memory = memory;
            if (memory.content() != null) {
                threads.add(Thread.ofVirtual().name(word + " " + id).start(() -> mend(id, entry)));
            }
        });
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void mend(K id, Entry<T> entry) {
        entry.lock.lock();
        try {
            Memory<T> memory = entry.memory;
            T content = memory == null ? null : memory.content();
            if (content != null) {
                enforce(id, entry, content);
            }
        } finally {
            entry.lock.unlock();
        }
    }

    /** Has it enforced anew: what it wants was given before, and is to be read otherwise now. */
    void refresh(K id) {
        mend(id, entry(id));
    }

    /** @param check refuses what can be taken no more once it is known to be new */
    NetworkAnswer put(K id, long generation, T content, Runnable check) {
        Entry<T> entry = entry(id);
        entry.lock.lock();
        try {
            if (decide(id, entry, generation, content) == Decision.ACCEPT) {
                check.run();
                keep(id, entry, new Memory<>(content, generation));
                log.info("{} {}: generation {} is wanted", word, id, generation);
            }
            enforce(id, entry, content);
            return new NetworkAnswer(generation, entry.problem);
        } finally {
            entry.lock.unlock();
        }
    }

    NetworkAnswer delete(K id, long generation, Runnable check) {
        Entry<T> entry = entry(id);
        entry.lock.lock();
        try {
            if (decide(id, entry, generation, null) == Decision.ACCEPT) {
                check.run();
                keep(id, entry, new Memory<>(null, generation));
                log.info("{} {}: generation {} is wanted gone", word, id, generation);
            }
            entry.problem = remove(id).problem();
            entry.enforced = null;
            return new NetworkAnswer(generation, entry.problem);
        } finally {
            entry.lock.unlock();
        }
    }

    private Decision decide(K id, Entry<T> entry, long generation, @Nullable T content) {
        Memory<T> memory = entry.memory;
        Decision decision = NetworkPolicy.on(memory, generation, content);
        if (decision == Decision.REFUSE) {
            long known = Objects.requireNonNull(memory).generation();
            throw new HostRefusal(
                    ErrorCode.STALE_GENERATION,
                    "Generation " + generation + " of " + word + " " + id + " is refused: generation " + known
                            + " is known" + (generation == known ? " with another content." : "."));
        }
        return decision;
    }

    private void keep(K id, Entry<T> entry, Memory<T> memory) {
        try {
            store.keep(id, memory);
        } catch (IOException e) {
            throw new HostRefusal(
                    ErrorCode.UNAVAILABLE, "The host cannot write to its state directory: " + e.getMessage());
        }
        entry.memory = memory;
    }

    Optional<T> content(K id) {
        Entry<T> entry = entries.get(id);
        Memory<T> memory = entry == null ? null : entry.memory;
        return memory == null ? Optional.empty() : Optional.ofNullable(memory.content());
    }

    /** Why it is not (wholly) carried; null when it is. */
    @Nullable
    String problem(K id) {
        Entry<T> entry = entries.get(id);
        return entry == null ? null : entry.problem;
    }

    List<T> all() {
        List<T> all = new ArrayList<>();
        for (K id : entries.keySet()) {
            content(id).ifPresent(all::add);
        }
        return all;
    }

    /** Whether it was deleted here, or was never given to this host. */
    boolean isUnwanted(K id) {
        return content(id).isEmpty();
    }

    boolean wasDeleted(K id) {
        Entry<T> entry = entries.get(id);
        Memory<T> memory = entry == null ? null : entry.memory;
        return memory != null && memory.content() == null;
    }

    /** Compares all with the host and mends what differs. */
    Look<K> look() {
        List<Finding<K>> mended = new ArrayList<>();
        Map<K, String> problems = new ConcurrentHashMap<>();
        entries.forEach((id, entry) -> {
            entry.lock.lock();
            try {
                look(id, entry, mended);
                String problem = entry.problem;
                if (problem != null) {
                    problems.put(id, problem);
                }
            } finally {
                entry.lock.unlock();
            }
        });
        return new Look<>(mended, problems);
    }

    private void look(K id, Entry<T> entry, List<Finding<K>> mended) {
        Memory<T> memory = entry.memory;
        T content = memory == null ? null : memory.content();
        if (content == null) {
            if (entry.problem != null) {
                entry.problem = remove(id).problem();
            }
            return;
        }
        T reading = hands.reading().apply(content);
        List<Difference> differences;
        try {
            differences = hands.differences().apply(reading);
        } catch (RuntimeException e) {
            log.warn("{} {} cannot be looked at", word, id, e);
            entry.problem = "It cannot be looked at: " + e.getMessage();
            return;
        }
        if (differences.isEmpty() && entry.problem == null) {
            entry.enforced = reading;
        } else {
            // A card that comes or goes changes what is read, and the host, before it is all put in order: nobody has
            // tampered with it.
            boolean settled = reading.equals(entry.enforced)
                    && reading.equals(hands.reading().apply(content));
            boolean before = entry.problem == null;
            enforce(id, entry, content);
            if (before && settled) {
                differences.forEach(difference -> mended.add(new Finding<>(id, difference)));
            }
        }
    }

    /** Records that somebody has changed are written again. @return their names and what was there instead */
    Map<String, String> restoreRecords() {
        Map<String, String> restored = new ConcurrentHashMap<>();
        entries.forEach((id, entry) -> {
            entry.lock.lock();
            try {
                Memory<T> memory = entry.memory;
                if (memory == null) {
                    return;
                }
                String real = switch (store.look(id, memory)) {
                    case Kept.AsWritten<Memory<T>> _ -> null;
                    case Kept.Missing<Memory<T>> _ -> "gone";
                    case Kept.Damaged<Memory<T>>(String why) -> why;
                    case Kept.Changed<Memory<T>>(Memory<T> other) ->
                        "another content, of generation " + other.generation();
                };
                if (real != null) {
                    store.keep(id, memory);
                    restored.put(store.nameOf(id), real);
                }
            } catch (IOException e) {
                log.warn("the record of {} {} cannot be written again: {}", word, id, e.getMessage());
            } finally {
                entry.lock.unlock();
            }
        });
        return restored;
    }

    /** Takes off what nobody wants any more. */
    Applied remove(K id) {
        try {
            return told(id, hands.remove().apply(id));
        } catch (RuntimeException e) {
            log.error("{} {} cannot be removed", word, id, e);
            return new Applied("It cannot be removed: " + e.getMessage(), List.of());
        }
    }

    private void enforce(K id, Entry<T> entry, T content) {
        T reading = hands.reading().apply(content);
        entry.enforced = reading;
        entry.problem = enforced(id, reading).problem();
    }

    private Applied enforced(K id, T reading) {
        try {
            return told(id, hands.apply().apply(reading));
        } catch (RuntimeException e) {
            log.error("{} {} cannot be applied", word, id, e);
            return new Applied("It cannot be applied: " + e.getMessage(), List.of());
        }
    }

    private Applied told(K id, Applied applied) {
        if (applied.problem() != null) {
            log.warn("{} {}: {}", word, id, applied.problem());
        }
        return applied;
    }

    private Entry<T> entry(K id) {
        return entries.computeIfAbsent(id, _ -> new Entry<>());
    }
}
