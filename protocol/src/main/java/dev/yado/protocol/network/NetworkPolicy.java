package dev.yado.protocol.network;

import org.jspecify.annotations.Nullable;

/**
 * Decides whether a host takes a network or router, from the newest that it remembers of it, also after a deletion. No threads, no
 * I/O: the daemon and simulated hosts share it.
 */
public final class NetworkPolicy {
    private NetworkPolicy() {}

    /**
     * What a host remembers of one network or router.
     *
     * @param content the newest accepted {@link HostNetwork} or {@link HostRouter}; null once deleted
     */
    public record Memory<T>(@Nullable T content, long generation) {}

    public enum Decision {
        /** New: remember it, then act. */
        ACCEPT,
        /** Known already: compare with the kernel and mend, then answer. */
        REPEAT,
        REFUSE
    }

    /** @param content what is put; null for a deletion */
    public static <T> Decision on(@Nullable Memory<T> memory, long generation, @Nullable T content) {
        if (memory == null || generation > memory.generation()) {
            return Decision.ACCEPT;
        }
        if (generation < memory.generation()) {
            return Decision.REFUSE;
        }
        T known = memory.content();
        boolean same = content == null ? known == null : content.equals(known);
        return same ? Decision.REPEAT : Decision.REFUSE;
    }
}
