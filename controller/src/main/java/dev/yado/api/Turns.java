package dev.yado.api;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One call after the other for each key in this replica, so that those who wait hold no connection to the database. */
final class Turns {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private final ConcurrentMap<KeyedCall.Id, CompletableFuture<Void>> atWork = new ConcurrentHashMap<>();

    /** True when it is this caller's turn, which {@link #end} ends; false after another's turn has ended. */
    boolean begin(KeyedCall.Id id) {
        CompletableFuture<Void> present = atWork.putIfAbsent(id, new CompletableFuture<>());
        if (present == null) {
            return true;
        }
        try {
            present.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            return false;
        } catch (TimeoutException waited) {
            throw IdempotencyRows.inUse(waited);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new YadoException(ErrorCode.UNAVAILABLE, "the controller is shutting down", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a turn ends without a result", e);
        }
    }

    void end(KeyedCall.Id id) {
        CompletableFuture<Void> mine = atWork.remove(id);
        if (mine != null) {
            mine.complete(null);
        }
    }
}
