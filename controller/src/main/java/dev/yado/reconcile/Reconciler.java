package dev.yado.reconcile;

import java.time.Duration;

/** One scan for one kind of difference. */
interface Reconciler {
    Duration period();

    void scan();
}
