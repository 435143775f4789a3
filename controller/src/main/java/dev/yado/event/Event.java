package dev.yado.event;

import dev.yado.protocol.TenantId;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * @param type such as {@code vm.changed}
 * @param tenant null for what belongs to no tenant
 * @param data a JSON object with what is true after the event
 */
record Event(
        EventPlace place,
        String type,
        Instant at,
        @Nullable TenantId tenant,
        String objectKind,
        UUID objectId,
        String data) {}
