package dev.yado.api;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** For what cannot be rolled back, such as the removal of a file. */
public final class AfterCommit {
    private AfterCommit() {}

    /** Runs the work when the present transaction has committed, or at once when there is none. It begins a transaction of its own. */
    public static void run(Runnable work) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            work.run();
            return;
        }
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                work.run();
            }
        });
    }
}
