package dev.yado.network;

import dev.yado.api.Etag;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import java.time.Instant;
import java.util.List;

/** A security group as its owner sees it. @param isDefault what a card is in for which no group is named */
record SecurityGroupView(
        SecurityGroupId id,
        TenantId tenant,
        String name,
        String description,
        boolean isDefault,
        Instant createdAt,
        List<SecurityRule> rules) {
    SecurityGroupView {
        rules = List.copyOf(rules);
    }

    Etag etag() {
        return Etag.of(this);
    }
}
