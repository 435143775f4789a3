package dev.yado.operation;

/** Which operations are taken first. Within one priority tenants share fairly, however many each has begun. */
public enum Priority {
    /** What ends or takes back something, and people wait for: stop, delete, the undo of what was cancelled. */
    URGENT,
    NORMAL,
    /** What takes long and nobody waits for. */
    BACKGROUND;

    /** As in the database. */
    int rank() {
        return ordinal();
    }

    static Priority ofRank(int rank) {
        return values()[rank];
    }
}
