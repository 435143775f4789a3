package dev.yado.vmmd.qmp;

/** A number that a migration goes by. It can be changed while it is under way. */
public enum MigrationParameter {
    /** Bytes a second; 0 for no limit. */
    MAX_BANDWIDTH("max-bandwidth"),
    /** Bytes a second; 0 for no limit. */
    MAX_POSTCOPY_BANDWIDTH("max-postcopy-bandwidth"),
    /** Milliseconds: it is switched over once what remains takes no longer at the rate of the last 100 ms. */
    DOWNTIME_LIMIT("downtime-limit"),
    /** Bytes, a power of two. */
    XBZRLE_CACHE_SIZE("xbzrle-cache-size"),
    MULTIFD_CHANNELS("multifd-channels"),
    /** Percent, from 1: the first step of auto-converge. */
    CPU_THROTTLE_INITIAL("cpu-throttle-initial"),
    /** Percent, from 1: each further step. */
    CPU_THROTTLE_INCREMENT("cpu-throttle-increment"),
    /** Percent, at least the initial one, at most 99. */
    MAX_CPU_THROTTLE("max-cpu-throttle"),
    /** Percent, 1 to 100: a step is taken when the guest has written more than this part of what was sent, twice. */
    THROTTLE_TRIGGER_THRESHOLD("throttle-trigger-threshold");

    private final String wire;

    MigrationParameter(String wire) {
        this.wire = wire;
    }

    String wire() {
        return wire;
    }
}
