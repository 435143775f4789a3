package dev.yado.reconcile;

import dev.yado.backup.Turns;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Begins the backups whose turn it is. */
@Component
class RunBackupSchedules implements Reconciler {
    private final Turns turns;

    RunBackupSchedules(Turns turns) {
        this.turns = turns;
    }

    @Override
    public Duration period() {
        return Duration.ofSeconds(5);
    }

    @Override
    public void scan() {
        turns.take();
    }
}
