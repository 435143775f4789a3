package dev.yado.router;

import dev.yado.api.generated.model.FloatingIp;
import dev.yado.api.generated.model.PortForwarding;
import dev.yado.api.generated.model.Router;
import dev.yado.api.generated.model.RouterExternal;
import dev.yado.api.generated.model.RouterGateway;
import dev.yado.api.generated.model.RouterLeg;
import dev.yado.api.generated.model.RouterRoute;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** Routers and floating IPs as the API shows them. */
final class RouterJson {
    private RouterJson() {}

    static Router of(RouterView router) {
        return new Router(
                        router.id().value(),
                        router.tenant().value(),
                        router.name(),
                        router.feet().stream().map(RouterJson::of).toList(),
                        router.routes().stream()
                                .map(route -> new RouterRoute(
                                        route.destination().toString(),
                                        route.nextHop().toString()))
                                .toList(),
                        of(router.gateway()),
                        router.createdAt().atOffset(ZoneOffset.UTC))
                .external(of(router.external()));
    }

    private static RouterLeg of(RouterView.Foot foot) {
        return new RouterLeg(
                foot.subnet(),
                foot.network().value(),
                foot.cidr().toString(),
                foot.address().toString(),
                foot.mac().toString());
    }

    private static RouterGateway of(RouterView.Gateway gateway) {
        return new RouterGateway()
                .hostId(gateway.host() == null ? null : gateway.host().value())
                .reason(gateway.reason())
                .since(gateway.since() == null ? null : gateway.since().atOffset(ZoneOffset.UTC))
                .inSync(gateway.host() == null ? null : gateway.inSync())
                .problem(gateway.problem());
    }

    private static @Nullable RouterExternal of(RouterView.@Nullable External external) {
        return external == null
                ? null
                : new RouterExternal(
                        external.network().value(),
                        external.addresses().stream().map(Object::toString).toList(),
                        external.snat());
    }

    static FloatingIp of(FloatingIpView floating) {
        return new FloatingIp(
                        floating.id().value(),
                        floating.tenant().value(),
                        floating.network().value(),
                        floating.address().toString(),
                        floating.forwardings().stream().map(RouterJson::of).toList(),
                        floating.createdAt().atOffset(ZoneOffset.UTC))
                .nicId(floating.nic() == null ? null : floating.nic().value())
                .vmId(floating.vm())
                .fixedAddress(floating.fixed() == null ? null : floating.fixed().toString())
                .routerId(floating.router() == null ? null : floating.router().value());
    }

    static PortForwarding of(FloatingIpView.Forwarding forwarding) {
        return new PortForwarding(
                forwarding.id(),
                PortForwarding.ProtocolEnum.valueOf(forwarding.protocol().name()),
                forwarding.port(),
                forwarding.nic().value(),
                forwarding.fixed().toString(),
                forwarding.fixedPort());
    }
}
