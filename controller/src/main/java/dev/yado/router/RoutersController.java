package dev.yado.router;

import dev.yado.api.CurrentCaller;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.RoutersApi;
import dev.yado.api.generated.model.Router;
import dev.yado.api.generated.model.RouterCreate;
import dev.yado.api.generated.model.RouterExternalSet;
import dev.yado.api.generated.model.RouterGatewayMove;
import dev.yado.api.generated.model.RouterPage;
import dev.yado.api.generated.model.RouterRoutesSet;
import dev.yado.api.generated.model.RouterSubnetPut;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.StaticRoute;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class RoutersController implements RoutersApi {
    private final Routers routers;
    private final CurrentCaller caller;

    RoutersController(Routers routers, CurrentCaller caller) {
        this.routers = routers;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<Router> createRouter(RouterCreate asked) {
        RouterExternalSet external = asked.getExternal();
        RouterView made = routers.create(caller.get(), asked.getName(), external == null ? null : external(external));
        return ResponseEntity.created(URI.create("/v1/routers/" + made.id()))
                .eTag(Routers.etag(made).text())
                .body(RouterJson.of(made));
    }

    @Override
    public ResponseEntity<RouterPage> listRouters(Integer limit, @Nullable String cursor, @Nullable String name) {
        Page<Router> page = routers.list(caller.get(), name, PageRequest.of("routers", limit, cursor))
                .map(RouterJson::of);
        return ResponseEntity.ok(new RouterPage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<Router> getRouter(UUID routerId) {
        return answer(routers.get(caller.get(), new RouterId(routerId)));
    }

    @Override
    public ResponseEntity<Void> deleteRouter(UUID routerId, @Nullable String ifMatch) {
        routers.delete(caller.get(), new RouterId(routerId), new IfMatch(ifMatch));
        return ResponseEntity.noContent().build();
    }

    @Override
    public ResponseEntity<Router> setRouterExternal(UUID routerId, RouterExternalSet asked, @Nullable String ifMatch) {
        return answer(routers.setExternal(caller.get(), new RouterId(routerId), external(asked), new IfMatch(ifMatch)));
    }

    @Override
    public ResponseEntity<Router> clearRouterExternal(UUID routerId, @Nullable String ifMatch) {
        return answer(routers.clearExternal(caller.get(), new RouterId(routerId), new IfMatch(ifMatch)));
    }

    @Override
    public ResponseEntity<Router> putRouterSubnet(
            UUID routerId, UUID subnetId, @Nullable String ifMatch, @Nullable RouterSubnetPut asked) {
        Ip address = asked == null ? null : Inet.asked("address", asked.getAddress());
        return answer(routers.putSubnet(caller.get(), new RouterId(routerId), subnetId, address, new IfMatch(ifMatch)));
    }

    @Override
    public ResponseEntity<Router> deleteRouterSubnet(UUID routerId, UUID subnetId, @Nullable String ifMatch) {
        return answer(routers.removeSubnet(caller.get(), new RouterId(routerId), subnetId, new IfMatch(ifMatch)));
    }

    @Override
    public ResponseEntity<Router> setRouterRoutes(UUID routerId, RouterRoutesSet asked, @Nullable String ifMatch) {
        List<StaticRoute> routes = asked.getRoutes().stream()
                .map(route -> new StaticRoute(
                        Inet.askedRange("destination", route.getDestination()),
                        Inet.required("nextHop", route.getNextHop())))
                .toList();
        return answer(routers.setRoutes(caller.get(), new RouterId(routerId), routes, new IfMatch(ifMatch)));
    }

    @Override
    public ResponseEntity<Router> moveRouterGateway(UUID routerId, @Nullable RouterGatewayMove asked) {
        UUID host = asked == null ? null : asked.getHostId();
        return answer(
                routers.moveGateway(caller.get(), new RouterId(routerId), host == null ? null : new HostId(host)));
    }

    private static Routers.NewExternal external(RouterExternalSet asked) {
        return new Routers.NewExternal(
                new NetworkId(asked.getNetworkId()),
                Inet.asked("address", asked.getAddress()),
                !Boolean.FALSE.equals(asked.getSnat()));
    }

    private static ResponseEntity<Router> answer(RouterView router) {
        return ResponseEntity.ok().eTag(Routers.etag(router).text()).body(RouterJson.of(router));
    }
}
