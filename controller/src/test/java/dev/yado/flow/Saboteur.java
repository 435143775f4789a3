package dev.yado.flow;

import dev.yado.operation.Flow;
import dev.yado.operation.Operations;
import dev.yado.operation.Run;
import dev.yado.protocol.YadoException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sits in one replica and does there what it is told, test by test. */
final class Saboteur implements Interference {
    private static final Logger LOG = LoggerFactory.getLogger(Saboteur.class);

    private final AtomicReference<Sabotage> present = new AtomicReference<>(Sabotage.NONE);
    private final Supplier<Operations> operations;

    /** @param operations of the replica, once it runs */
    Saboteur(Supplier<Operations> operations) {
        this.operations = operations;
    }

    /** What goes wrong from now on. */
    void arm(Sabotage with) {
        present.set(with);
    }

    @Override
    public <S extends Enum<S>> Flow<S> on(Flow<S> flow, Runnable kill) {
        return Sabotage.on(flow, present::get, new Sabotage.Means() {
            @Override
            public void kill() {
                kill.run();
            }

            @Override
            public void cancel(Run run) {
                cancelBySomebodyElse(run);
            }
        });
    }

    /** Not in the step's transaction. */
    private void cancelBySomebodyElse(Run run) {
        Thread other = Thread.ofPlatform().start(() -> {
            try {
                operations.get().cancel(run.operation(), "the saboteur");
            } catch (YadoException refused) {
                LOG.debug("not cancelled: {}", refused.getMessage());
            }
        });
        try {
            other.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
