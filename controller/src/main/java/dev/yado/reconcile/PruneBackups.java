package dev.yado.reconcile;

import dev.yado.backup.Keeping;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Deletes backups that are not kept any longer. */
@Component
class PruneBackups implements Reconciler {
    private final Keeping keeping;

    PruneBackups(Keeping keeping) {
        this.keeping = keeping;
    }

    @Override
    public Duration period() {
        return Duration.ofMinutes(1);
    }

    @Override
    public void scan() {
        keeping.prune();
    }
}
