package dev.yado.operation;

import java.util.UUID;

/**
 * Who takes turns with whom: the operations of one tenant in one priority.
 *
 * @param id of the tenant, or {@link #NO_TENANT}
 */
record Lane(Priority priority, UUID id) {
    /** Of operations without a tenant, such as an administrator's. */
    static final UUID NO_TENANT = new UUID(0, 0);
}
