package dev.yado.network;

import dev.yado.api.CurrentCaller;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.NicsApi;
import dev.yado.api.generated.model.Nic;
import dev.yado.api.generated.model.NicChange;
import dev.yado.api.generated.model.NicPage;
import dev.yado.api.generated.model.NicQos;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.network.Qos;
import dev.yado.protocol.network.SecurityGroupId;
import java.time.ZoneOffset;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class NicsController implements NicsApi {
    private final Nics nics;
    private final CurrentCaller caller;

    NicsController(Nics nics, CurrentCaller caller) {
        this.nics = nics;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<NicPage> listNics(Integer limit, @Nullable String cursor, @Nullable UUID networkId) {
        Page<Nic> page = nics.list(
                        caller.get(),
                        PageRequest.of("nics", limit, cursor),
                        networkId == null ? null : new NetworkId(networkId))
                .map(NicsController::json);
        return ResponseEntity.ok(new NicPage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<Nic> getNic(UUID nicId) {
        return answer(nics.get(caller.get(), new NicId(nicId)));
    }

    @Override
    public ResponseEntity<Nic> putNic(UUID nicId, NicChange change, @Nullable String ifMatch) {
        return answer(nics.change(
                caller.get(),
                new NicId(nicId),
                change.getSecurityGroupIds().stream().map(SecurityGroupId::new).toList(),
                change.getQos() == null
                        ? null
                        : new Qos(change.getQos().getInKbits(), change.getQos().getOutKbits()),
                new IfMatch(ifMatch)));
    }

    private static ResponseEntity<Nic> answer(NicView nic) {
        return ResponseEntity.ok().eTag(nic.etag().text()).body(json(nic));
    }

    private static Nic json(NicView nic) {
        return new Nic(
                        nic.id().value(),
                        nic.vm().value(),
                        nic.network().value(),
                        nic.tenant().value(),
                        nic.mac().text(),
                        nic.addresses().stream()
                                .map(each -> each.address().toString())
                                .toList(),
                        nic.groups().stream().map(SecurityGroupId::value).toList(),
                        nic.createdAt().atOffset(ZoneOffset.UTC))
                .qos(
                        nic.qos() == null
                                ? null
                                : new NicQos()
                                        .inKbits(nic.qos().inKbits())
                                        .outKbits(nic.qos().outKbits()));
    }
}
