package dev.yado.tenant;

import dev.yado.api.CurrentCaller;
import dev.yado.api.Etag;
import dev.yado.api.IfMatch;
import dev.yado.api.generated.QuotasApi;
import dev.yado.api.generated.model.QuotaLimits;
import dev.yado.api.generated.model.QuotaLine;
import dev.yado.api.generated.model.QuotaUser;
import dev.yado.protocol.TenantId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class QuotasController implements QuotasApi {
    private final Quotas quotas;
    private final CurrentCaller caller;

    QuotasController(Quotas quotas, CurrentCaller caller) {
        this.quotas = quotas;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<dev.yado.api.generated.model.Quota> getQuota() {
        return answer(quotas.get(caller.get(), caller.get().requireTenant()));
    }

    @Override
    public ResponseEntity<dev.yado.api.generated.model.Quota> getTenantQuota(UUID tenantId) {
        return answer(quotas.get(caller.get(), new TenantId(tenantId)));
    }

    @Override
    public ResponseEntity<dev.yado.api.generated.model.Quota> putTenantQuota(
            UUID tenantId, QuotaLimits limits, @Nullable String ifMatch) {
        return answer(quotas.set(
                caller.get(),
                new TenantId(tenantId),
                new Quota.Limits(
                        limits.getVms(),
                        limits.getVcpus(),
                        limits.getMemoryMiB(),
                        limits.getDiskMiB(),
                        limits.getNetworks(),
                        limits.getAddresses(),
                        limits.getSecurityRules(),
                        limits.getRouters(),
                        limits.getBackups(),
                        limits.getSnapshots()),
                new IfMatch(ifMatch)));
    }

    private static ResponseEntity<dev.yado.api.generated.model.Quota> answer(Quota quota) {
        return ResponseEntity.ok().eTag(Etag.of(quota).text()).body(json(quota));
    }

    private static dev.yado.api.generated.model.Quota json(Quota quota) {
        return new dev.yado.api.generated.model.Quota(
                        quota.tenant().value(),
                        line(quota.vms()),
                        line(quota.vcpus()),
                        line(quota.memoryMiB()),
                        line(quota.diskMiB()),
                        line(quota.networks()),
                        line(quota.addresses()),
                        line(quota.securityRules()),
                        line(quota.routers()),
                        line(quota.backups()),
                        line(quota.snapshots()),
                        quota.largest().stream().map(QuotasController::user).toList())
                .notice(notice(quota));
    }

    private static QuotaLine line(Quota.Line line) {
        return new QuotaLine(line.used(), line.exceeded()).limit(line.limit());
    }

    private static QuotaUser user(Quota.User user) {
        return new QuotaUser(
                user.vm().value(),
                user.name(),
                QuotaUser.DesiredStateEnum.valueOf(user.desiredState()),
                user.has().vcpus(),
                user.has().memoryMiB(),
                user.has().diskMiB());
    }

    private static @Nullable String notice(Quota quota) {
        Map<String, Quota.Line> lines = new LinkedHashMap<>();
        lines.put("vms", quota.vms());
        lines.put("vcpus", quota.vcpus());
        lines.put("memoryMiB", quota.memoryMiB());
        lines.put("diskMiB", quota.diskMiB());
        lines.put("networks", quota.networks());
        lines.put("addresses", quota.addresses());
        lines.put("securityRules", quota.securityRules());
        lines.put("routers", quota.routers());
        lines.put("backups", quota.backups());
        lines.put("snapshots", quota.snapshots());
        String over = lines.entrySet().stream()
                .filter(line -> line.getValue().exceeded())
                .map(line -> line.getKey() + " " + line.getValue().used() + " of "
                        + line.getValue().limit())
                .collect(Collectors.joining(", "));
        return over.isEmpty()
                ? null
                : "more is used than allowed: " + over
                        + "; what is there stays, nothing more is allowed until enough is deleted";
    }
}
