package dev.yado.protocol.inventory;

import dev.yado.protocol.VmId;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something that a daemon found other than it should be.
 *
 * @param id of this finding; the same in every inventory that has it
 * @param object what it is about: a path, a process, a disk
 * @param wanted what should be there
 * @param real what is there
 * @param healedAt when the kind's rule brought it in order; null while it lasts
 */
public record DriftFinding(
        UUID id,
        DriftKind kind,
        @Nullable VmId vm,
        String object,
        String wanted,
        String real,
        Instant since,
        @Nullable Instant healedAt) {}
