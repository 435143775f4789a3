package dev.yado.kernel;

import java.util.ArrayDeque;
import java.util.Deque;

/** Resources of something half made, closed newest first when the rest cannot be made. */
final class CloseOnFailure {
    private final Deque<Runnable> closers = new ArrayDeque<>();

    <R extends AutoCloseable> R keep(R resource) {
        closers.push(() -> {
            try {
                resource.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        return resource;
    }

    void closeAll() {
        closers.forEach(Runnable::run);
    }
}
