package dev.yado.network;

import dev.yado.api.Caller;
import dev.yado.api.CurrentCaller;
import dev.yado.api.Etag;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.NetworksApi;
import dev.yado.api.generated.model.Network;
import dev.yado.api.generated.model.NetworkCreate;
import dev.yado.api.generated.model.NetworkPage;
import dev.yado.api.generated.model.Subnet;
import dev.yado.api.generated.model.SubnetCreate;
import dev.yado.api.generated.model.SubnetPage;
import dev.yado.protocol.NetworkId;
import java.net.URI;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class NetworksController implements NetworksApi {
    private final Networks networks;
    private final ProviderNetworks providers;
    private final CurrentCaller caller;

    NetworksController(Networks networks, ProviderNetworks providers, CurrentCaller caller) {
        this.networks = networks;
        this.providers = providers;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<Network> createNetwork(NetworkCreate asked) {
        Caller who = caller.get();
        NetworkId id = asked.getProvider() == null
                ? networks.create(who, asked.getName(), asked.getMtu())
                : providers.create(who, NetworkJson.newProvider(asked));
        NetworkView.Detail made = networks.detail(who, id);
        return ResponseEntity.created(URI.create("/v1/networks/" + id))
                .eTag(made.network().etag().text())
                .body(NetworkJson.of(made, who.isAdministrator()));
    }

    @Override
    public ResponseEntity<NetworkPage> listNetworks(Integer limit, @Nullable String cursor, @Nullable String name) {
        Caller who = caller.get();
        Page<Network> page = networks.list(who, PageRequest.of("networks", limit, cursor), name)
                .map(network -> NetworkJson.of(network, who.isAdministrator()));
        return ResponseEntity.ok(new NetworkPage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<Network> getNetwork(UUID networkId) {
        Caller who = caller.get();
        NetworkView.Detail network = networks.detail(who, new NetworkId(networkId));
        return ResponseEntity.ok()
                .eTag(network.network().etag().text())
                .body(NetworkJson.of(network, who.isAdministrator()));
    }

    @Override
    public ResponseEntity<Void> deleteNetwork(UUID networkId, @Nullable String ifMatch) {
        networks.delete(caller.get(), new NetworkId(networkId), new IfMatch(ifMatch));
        return ResponseEntity.noContent().build();
    }

    @Override
    public ResponseEntity<Subnet> createSubnet(UUID networkId, SubnetCreate asked) {
        NetworkId network = new NetworkId(networkId);
        SubnetView made =
                providers.addSubnet(caller.get(), network, NetworkJson.newSubnet(asked), NetworkJson.newRange(asked));
        return ResponseEntity.created(URI.create("/v1/networks/" + network + "/subnets/" + made.id()))
                .eTag(Etag.of(made).text())
                .body(NetworkJson.of(made));
    }

    @Override
    public ResponseEntity<SubnetPage> listSubnets(UUID networkId, Integer limit, @Nullable String cursor) {
        Page<Subnet> page = networks.subnets(
                        caller.get(), new NetworkId(networkId), PageRequest.of("subnets", limit, cursor))
                .map(NetworkJson::of);
        return ResponseEntity.ok(new SubnetPage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<Subnet> getSubnet(UUID networkId, UUID subnetId) {
        SubnetView subnet = networks.getSubnet(caller.get(), new NetworkId(networkId), new SubnetId(subnetId));
        return ResponseEntity.ok().eTag(Etag.of(subnet).text()).body(NetworkJson.of(subnet));
    }

    @Override
    public ResponseEntity<Void> deleteSubnet(UUID networkId, UUID subnetId, @Nullable String ifMatch) {
        networks.deleteSubnet(caller.get(), new NetworkId(networkId), new SubnetId(subnetId), new IfMatch(ifMatch));
        return ResponseEntity.noContent().build();
    }
}
