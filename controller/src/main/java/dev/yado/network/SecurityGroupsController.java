package dev.yado.network;

import dev.yado.api.CurrentCaller;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.SecurityGroupsApi;
import dev.yado.api.generated.model.SecurityGroup;
import dev.yado.api.generated.model.SecurityGroupCreate;
import dev.yado.api.generated.model.SecurityGroupPage;
import dev.yado.api.generated.model.SecurityRule;
import dev.yado.api.generated.model.SecurityRuleCreate;
import dev.yado.protocol.network.SecurityGroupId;
import java.net.URI;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class SecurityGroupsController implements SecurityGroupsApi {
    private final SecurityGroups groups;
    private final CurrentCaller caller;

    SecurityGroupsController(SecurityGroups groups, CurrentCaller caller) {
        this.groups = groups;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<SecurityGroup> createSecurityGroup(SecurityGroupCreate asked) {
        SecurityGroupView made = groups.create(caller.get(), asked.getName(), asked.getDescription());
        return ResponseEntity.created(URI.create("/v1/security-groups/" + made.id()))
                .eTag(made.etag().text())
                .body(SecurityJson.of(made));
    }

    @Override
    public ResponseEntity<SecurityGroupPage> listSecurityGroups(
            Integer limit, @Nullable String cursor, @Nullable String name) {
        Page<SecurityGroup> page = groups.list(caller.get(), PageRequest.of("security-groups", limit, cursor), name)
                .map(SecurityJson::inList);
        return ResponseEntity.ok(new SecurityGroupPage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<SecurityGroup> getSecurityGroup(UUID groupId) {
        SecurityGroupView group = groups.get(caller.get(), new SecurityGroupId(groupId));
        return ResponseEntity.ok().eTag(group.etag().text()).body(SecurityJson.of(group));
    }

    @Override
    public ResponseEntity<Void> deleteSecurityGroup(UUID groupId, @Nullable String ifMatch) {
        groups.delete(caller.get(), new SecurityGroupId(groupId), new IfMatch(ifMatch));
        return ResponseEntity.noContent().build();
    }

    @Override
    public ResponseEntity<SecurityRule> createSecurityRule(
            UUID groupId, SecurityRuleCreate asked, @Nullable String ifMatch) {
        SecurityGroupId group = new SecurityGroupId(groupId);
        var made = groups.addRule(caller.get(), group, SecurityJson.newRule(asked), new IfMatch(ifMatch));
        return ResponseEntity.created(URI.create("/v1/security-groups/" + group + "/rules/" + made.id()))
                .body(SecurityJson.of(group, made));
    }

    @Override
    public ResponseEntity<Void> deleteSecurityRule(UUID groupId, UUID ruleId, @Nullable String ifMatch) {
        groups.deleteRule(caller.get(), new SecurityGroupId(groupId), ruleId, new IfMatch(ifMatch));
        return ResponseEntity.noContent().build();
    }
}
