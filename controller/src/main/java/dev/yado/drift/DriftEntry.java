package dev.yado.drift;

import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.inventory.DriftKind;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An entry of the ledger.
 *
 * @param hostName null when it is no host's or the host is gone
 * @param wanted what should be, by the rows
 * @param reported what the host last said
 * @param real what was found
 * @param times how often it was found anew within minutes after it was healed, the first time counted
 * @param healedBy a rule's name, {@code PUT_IN_ORDER} by whoever did so, or {@code ADMINISTRATOR} by this ledger
 * @param resolution what the administrator has asked for
 * @param resolutionNote what became of that so far
 */
public record DriftEntry(
        UUID id,
        DriftKind kind,
        @Nullable HostId host,
        @Nullable String hostName,
        @Nullable VmId vm,
        String object,
        String wanted,
        String reported,
        String real,
        DriftStatus status,
        Instant since,
        Instant lastSeenAt,
        int times,
        @Nullable Instant healedAt,
        @Nullable String healedBy,
        @Nullable Resolution resolution,
        @Nullable String resolutionNote) {

    /** What an administrator can have done with a guest that nobody knows. */
    public enum Resolution {
        /** It becomes a VM of a tenant, where it is and as it is. */
        ADOPT,
        /** Its host ends it and removes all of it. */
        REMOVE
    }
}
