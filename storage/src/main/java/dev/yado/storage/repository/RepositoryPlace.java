package dev.yado.storage.repository;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.s3.S3Settings;
import dev.yado.storage.repository.s3.S3Store;
import dev.yado.storage.repository.store.DirectoryStore;
import dev.yado.storage.repository.store.ObjectStore;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a repository is, as it is written on a command line: a directory, or {@code s3:FILE} where the file says which bucket
 * ({@link S3Settings#read}).
 *
 * @param keys the file of its keys ({@link Keys#read}); null: it has none
 */
public record RepositoryPlace(String text, @Nullable Path keys) {
    private static final String S3 = "s3:";

    /** @throws YadoException {@link ErrorCode#REPOSITORY_INVALID} when it names a file that says no bucket */
    public ObjectStore store() {
        return text.startsWith(S3)
                ? new S3Store(S3Settings.read(Path.of(text.substring(S3.length()))))
                : new DirectoryStore(Path.of(text));
    }

    /** @throws YadoException {@link ErrorCode#BACKUP_KEY_REFUSED} when the file is none */
    public Keys secrets() {
        return keys == null ? Keys.none() : Keys.read(keys);
    }

    @Override
    public String toString() {
        return text;
    }
}
