package dev.yado.reconcile;

import dev.yado.recovery.ControllerBackups;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Takes the controllers' own backups when they are asked for or due, and tells when none comes. */
@Component
class BackUpController implements Reconciler {
    private final ControllerBackups backups;

    BackUpController(ControllerBackups backups) {
        this.backups = backups;
    }

    @Override
    public Duration period() {
        return Duration.ofSeconds(2);
    }

    @Override
    public void scan() {
        backups.carryOn();
        backups.watch();
    }
}
