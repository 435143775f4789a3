package dev.yado.vmmd.qmp;

/** What a migration may make use of. It is settled on both sides before the migration begins and cannot be changed after. */
public enum MigrationCapability {
    XBZRLE("xbzrle"),
    AUTO_CONVERGE("auto-converge"),
    EVENTS("events"),
    RETURN_PATH("return-path"),
    PAUSE_BEFORE_SWITCHOVER("pause-before-switchover"),
    LATE_BLOCK_ACTIVATE("late-block-activate"),
    MULTIFD("multifd"),
    POSTCOPY_RAM("postcopy-ram"),
    POSTCOPY_PREEMPT("postcopy-preempt"),
    POSTCOPY_BLOCKTIME("postcopy-blocktime");

    private final String wire;

    MigrationCapability(String wire) {
        this.wire = wire;
    }

    String wire() {
        return wire;
    }
}
