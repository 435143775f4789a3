package dev.yado.protocol;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a host is for backups.
 *
 * @param repositories that its daemon was started with
 * @param jobs that it carries out beside one another; more of them wait
 */
public record BackupFacts(List<Repository> repositories, int jobs) {
    public BackupFacts {
        repositories = List.copyOf(repositories);
    }

    /**
     * @param marker what lies in it: two hosts with the same marker have the same repository, whatever they call it; of zeroes when
     *     the host has never seen it
     * @param problem why nothing can be read or written there now, for people; null: it can
     */
    public record Repository(
            String name, UUID marker, @Nullable String problem) {}
}
