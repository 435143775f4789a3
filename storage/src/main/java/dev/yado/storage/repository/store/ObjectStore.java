package dev.yado.storage.repository.store;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Named objects that are written once. Names are words of {@code a-z 0-9 . _ -} joined by slashes. Who puts, and anybody who looks
 * later, sees an object whole or not at all. All methods may be called by many threads at once.
 *
 * <p>Every method throws {@link YadoException} with {@link ErrorCode#REPOSITORY_UNAVAILABLE} when the store is gone, refuses or does
 * not answer, and {@link ErrorCode#REPOSITORY_FULL} when it has no room.
 */
public interface ObjectStore extends AutoCloseable {
    /** The object that says that this is a repository. A store without it is taken to be away, not empty. */
    String MARKER = "yado-repository";

    /** For people: what it is and where. */
    String where();

    /**
     * On stable storage on return. The content's position moves to its limit.
     *
     * @return false when there is an object of that name: it stays as it was
     */
    boolean put(String name, ByteBuffer content);

    /** Empty when there is none. */
    Optional<ByteBuffer> get(String name);

    /**
     * A part of an object, shorter where the object ends before.
     *
     * @return empty when there is no object of that name
     */
    Optional<ByteBuffer> get(String name, long offset, int length);

    Optional<StoredObject> look(String name);

    /**
     * All objects whose names begin with the prefix, in any order; those that come or go meanwhile may be among them.
     *
     * @param prefix empty or ending in a slash
     */
    void list(String prefix, Consumer<StoredObject> each);

    /** The object is gone on return, also when it never was. */
    void delete(String name);

    /** Whether there is nothing at all, so that a repository may be made there. */
    boolean isEmpty();

    /** Whether the store itself compares what it has written with what was sent, so that reading it again proves nothing more. */
    boolean checksWrites();

    /** Removes what writers left that died in the middle of an object. */
    default void tidy() {}

    @Override
    default void close() {}
}
