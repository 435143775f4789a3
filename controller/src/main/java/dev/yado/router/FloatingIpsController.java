package dev.yado.router;

import dev.yado.api.CurrentCaller;
import dev.yado.api.Etag;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.FloatingIpsApi;
import dev.yado.api.generated.model.FloatingIp;
import dev.yado.api.generated.model.FloatingIpAssign;
import dev.yado.api.generated.model.FloatingIpCreate;
import dev.yado.api.generated.model.FloatingIpPage;
import dev.yado.api.generated.model.PortForwarding;
import dev.yado.api.generated.model.PortForwardingCreate;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.network.SecurityRule;
import java.net.URI;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class FloatingIpsController implements FloatingIpsApi {
    private final FloatingIps floatingIps;
    private final CurrentCaller caller;

    FloatingIpsController(FloatingIps floatingIps, CurrentCaller caller) {
        this.floatingIps = floatingIps;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<FloatingIp> createFloatingIp(@Nullable FloatingIpCreate asked) {
        UUID network = asked == null ? null : asked.getNetworkId();
        FloatingIpView made = floatingIps.create(
                caller.get(),
                network == null ? null : new NetworkId(network),
                asked == null ? null : Inet.asked("address", asked.getAddress()));
        return ResponseEntity.created(URI.create("/v1/floating-ips/" + made.id()))
                .eTag(Etag.of(made).text())
                .body(RouterJson.of(made));
    }

    @Override
    public ResponseEntity<FloatingIpPage> listFloatingIps(
            Integer limit, @Nullable String cursor, @Nullable String address) {
        Page<FloatingIp> page = floatingIps
                .list(caller.get(), Inet.asked("address", address), PageRequest.of("floating-ips", limit, cursor))
                .map(RouterJson::of);
        return ResponseEntity.ok(new FloatingIpPage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<FloatingIp> getFloatingIp(UUID floatingIpId) {
        return answer(floatingIps.get(caller.get(), new FloatingIpId(floatingIpId)));
    }

    @Override
    public ResponseEntity<FloatingIp> assignFloatingIp(
            UUID floatingIpId, FloatingIpAssign asked, @Nullable String ifMatch) {
        return answer(floatingIps.assign(
                caller.get(),
                new FloatingIpId(floatingIpId),
                asked.getNicId() == null ? null : new NicId(asked.getNicId()),
                Inet.asked("address", asked.getAddress()),
                new IfMatch(ifMatch)));
    }

    @Override
    public ResponseEntity<Void> deleteFloatingIp(UUID floatingIpId, @Nullable String ifMatch) {
        floatingIps.delete(caller.get(), new FloatingIpId(floatingIpId), new IfMatch(ifMatch));
        return ResponseEntity.noContent().build();
    }

    @Override
    public ResponseEntity<PortForwarding> createPortForwarding(UUID floatingIpId, PortForwardingCreate asked) {
        FloatingIpView.Forwarding made = floatingIps.forward(
                caller.get(),
                new FloatingIpId(floatingIpId),
                new FloatingIps.NewForwarding(
                        SecurityRule.Protocol.valueOf(asked.getProtocol().name()),
                        asked.getPort(),
                        new NicId(asked.getNicId()),
                        Inet.asked("address", asked.getAddress()),
                        asked.getTargetPort() == null ? asked.getPort() : asked.getTargetPort()));
        return ResponseEntity.status(HttpStatus.CREATED).body(RouterJson.of(made));
    }

    @Override
    public ResponseEntity<Void> deletePortForwarding(UUID floatingIpId, UUID forwardingId) {
        floatingIps.deleteForwarding(caller.get(), new FloatingIpId(floatingIpId), forwardingId);
        return ResponseEntity.noContent().build();
    }

    private static ResponseEntity<FloatingIp> answer(FloatingIpView floating) {
        return ResponseEntity.ok().eTag(Etag.of(floating).text()).body(RouterJson.of(floating));
    }
}
