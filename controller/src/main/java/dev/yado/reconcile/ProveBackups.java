package dev.yado.reconcile;

import dev.yado.backup.Proofs;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Restores samples, to know that backups can be restored. */
@Component
class ProveBackups implements Reconciler {
    private final Proofs proofs;

    ProveBackups(Proofs proofs) {
        this.proofs = proofs;
    }

    @Override
    public Duration period() {
        return Duration.ofSeconds(5);
    }

    @Override
    public void scan() {
        proofs.go();
    }
}
