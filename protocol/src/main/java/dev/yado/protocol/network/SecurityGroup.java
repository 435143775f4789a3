package dev.yado.protocol.network;

import java.util.List;

/** What may pass at the ports in it. Answers to what was let through pass by themselves; what no rule names is dropped. */
public record SecurityGroup(SecurityGroupId id, String name, List<SecurityRule> rules) {
    public SecurityGroup {
        rules = List.copyOf(rules);
    }
}
