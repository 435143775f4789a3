package dev.yado.vm;

import org.jspecify.annotations.Nullable;

/** Which VMs a list shows. @param host id or name */
record VmFilter(
        @Nullable String name,
        @Nullable VmState state,
        @Nullable String host) {
    static final VmFilter ALL = new VmFilter(null, null, null);

    boolean holds(VmRow vm) {
        return state == null || DerivedState.of(vm.sight()).state() == state;
    }

    /**
     * A condition in SQL that holds for every VM in the state and for few others, so that the database need not hand over them all. The
     * state itself is derived in one place only, {@link DerivedState}.
     */
    static String candidates(VmState state) {
        return switch (state) {
            case PENDING -> "a.host_id IS NULL";
            case PREPARING -> "(v.observed_state IS NULL OR v.observed_state = 'PREPARING')";
            case STARTING ->
                "(v.observed_state = 'STARTING' OR v.desired_state = 'RUNNING' AND v.observed_generation < v.generation)";
            case RUNNING -> "v.observed_state = 'RUNNING'";
            case PAUSED -> "v.observed_state = 'PAUSED'";
            case MIGRATING -> "v.observed_state IN ('ARRIVING', 'DEPARTED')";
            case STOPPING ->
                "(v.observed_state = 'STOPPING' OR v.desired_state = 'STOPPED' AND v.observed_generation < v.generation)";
            case STOPPED -> "(v.observed_state = 'STOPPED' OR a.host_id IS NULL)";
            case CRASHED -> "v.observed_state = 'CRASHED'";
            case FAILED ->
                "(v.observed_state IN ('FAILED', 'ABSENT') OR v.observed_state IS NULL OR a.host_id IS NULL)";
            case DELETING -> "v.desired_state = 'DELETED'";
            case UNKNOWN -> "(h.lease_until <= now() OR v.restored_generation IS NOT NULL)";
        };
    }
}
