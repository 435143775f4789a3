package dev.yado.drift;

import dev.yado.protocol.inventory.DriftKind;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Something that a comparison finds now. */
record DriftSight(
        DriftKind kind,
        @Nullable UUID host,
        @Nullable UUID vm,
        String object,
        String wanted,
        String reported,
        String real) {}
