package dev.yado.vmmd.files;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.backup.FileListing;
import dev.yado.protocol.backup.FileListing.Entry;
import dev.yado.protocol.backup.FileListing.Kind;
import dev.yado.storage.repository.BackupReader;
import dev.yado.storage.repository.Repository;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Single files of the backups in this host's repositories, for callers elsewhere: so many at a time, so that guests keep the machine. */
public final class HostFiles {
    private static final int AT_A_TIME = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Function<String, Repository> repositories;
    private final Semaphore turns = new Semaphore(AT_A_TIME, true);

    /** @param repositories by name; throws where there is none */
    public HostFiles(Function<String, Repository> repositories) {
        this.repositories = repositories;
    }

    private interface Work<T> {
        T with(BackupFiles files) throws IOException, InterruptedException;
    }

    private <T> T look(String repository, BackupId backup, Work<T> work) throws IOException {
        try {
            if (!turns.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new YadoException(
                        ErrorCode.UNAVAILABLE,
                        "This host reads files of " + AT_A_TIME + " backups already, as many as it does at a time.");
            }
            try (BackupReader reader = repositories.apply(repository).read(backup)) {
                return work.with(new BackupFiles(reader));
            } finally {
                turns.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new YadoException(ErrorCode.UNAVAILABLE, "The daemon ends.", e);
        }
    }

    /**
     * @param path null: the disks and their partitions
     * @throws YadoException as {@link BackupFiles#list}; {@code REPOSITORY_UNAVAILABLE}; {@code NOT_FOUND} when there is no such backup
     */
    public FileListing list(String repository, BackupId backup, @Nullable String path) throws IOException {
        return look(repository, backup, files -> {
            if (path == null) {
                return new FileListing(
                        files.places().stream()
                                .map(place -> new Entry(place.name(), Kind.VOLUME, place.bytes(), "", "", null))
                                .toList(),
                        false);
            }
            String volume = BackupFiles.parse(path).volume();
            List<FoundFile> found = files.list(path);
            return new FileListing(
                    found.stream()
                            .limit(FileListing.MOST)
                            .map(file -> entry(volume, file))
                            .toList(),
                    found.size() > FileListing.MOST);
        });
    }

    private static Entry entry(String volume, FoundFile file) {
        Kind kind = file.target() != null ? Kind.LINK : file.folder() ? Kind.FOLDER : Kind.FILE;
        return new Entry(
                volume + "/" + file.path(),
                kind,
                file.size() < 0 ? null : file.size(),
                file.mode(),
                file.modified(),
                file.target());
    }

    /**
     * The bytes of one file. Whoever takes them is told before how many there are: fewer mean that it was broken off.
     *
     * @throws YadoException as {@link BackupFiles#copy}, and as {@link #list}
     */
    public void copy(String repository, BackupId backup, String path, BackupFiles.Taker taker) throws IOException {
        look(repository, backup, files -> {
            files.copy(path, file -> {
                if (file.size() < 0) {
                    throw new YadoException(
                            ErrorCode.INVALID_REQUEST,
                            "The file system does not say how long " + file.shownPath() + " is.");
                }
                return taker.begin(file);
            });
            return path;
        });
    }
}
