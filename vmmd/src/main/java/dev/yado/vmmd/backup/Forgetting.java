package dev.yado.vmmd.backup;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.backup.RepositoryAgent;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes backups from the host's repositories and, some time later, what no other backup needs of them. */
public final class Forgetting implements RepositoryAgent, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Forgetting.class);
    private static final Duration BETWEEN_COLLECTIONS = Duration.ofMinutes(10);
    /** One condemns what is garbage, the next deletes what has stayed so. */
    private static final int COLLECTIONS = 2;

    private final Repositories repositories;
    /** How often garbage is still to be collected, by repository. */
    private final Map<String, Integer> due = new ConcurrentHashMap<>();

    private final Thread collector = Thread.ofVirtual().name("garbage").unstarted(this::collect);

    public Forgetting(Repositories repositories) {
        this.repositories = repositories;
    }

    public void begin() {
        collector.start();
    }

    @Override
    public Forgotten forgetBackup(CallFence fence, String repository, BackupId backup) {
        repositories.open(repository).forget(backup);
        due.put(repository, COLLECTIONS);
        return new Forgotten(backup);
    }

    private void collect() {
        try {
            while (true) {
                Thread.sleep(BETWEEN_COLLECTIONS);
                due.forEach(this::collect);
            }
        } catch (InterruptedException e) {
            log.debug("garbage is not collected any more");
        }
    }

    private void collect(String repository, int left) {
        try {
            log.info(
                    "repository {}: {}",
                    repository,
                    repositories.open(repository).collect());
            // Whoever has deleted something meanwhile has set it back.
            if (left > 1) {
                due.replace(repository, left, left - 1);
            } else {
                due.remove(repository, left);
            }
        } catch (RuntimeException e) {
            log.warn("the garbage of repository {} stays for now", repository, e);
        }
    }

    @Override
    public void close() {
        collector.interrupt();
    }
}
