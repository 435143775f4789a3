package dev.yado.vm;

import dev.yado.api.Caller;
import dev.yado.api.CurrentCaller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.DisruptionsApi;
import dev.yado.api.generated.model.Disruption;
import dev.yado.api.generated.model.DisruptionPage;
import dev.yado.api.generated.model.DisruptionSum;
import dev.yado.protocol.VmId;
import java.time.ZoneOffset;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class DisruptionsController implements DisruptionsApi {
    private final Disruptions disruptions;
    private final CurrentCaller caller;

    DisruptionsController(Disruptions disruptions, CurrentCaller caller) {
        this.disruptions = disruptions;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<DisruptionPage> listVmDisruptions(UUID vmId, Integer limit, @Nullable String cursor) {
        Caller who = caller.get();
        VmId vm = new VmId(vmId);
        Page<Disruption> page = disruptions
                .page(who, vm, PageRequest.of("disruptions", limit, cursor))
                .map(each -> json(each, who.isAdministrator()));
        return ResponseEntity.ok(new DisruptionPage(
                        page.items(),
                        disruptions.months(vm).stream()
                                .map(DisruptionsController::json)
                                .toList())
                .nextCursor(page.nextCursor()));
    }

    /** Tenants know no hosts. */
    private static Disruption json(DisruptionView view, boolean named) {
        return new Disruption(
                        view.at().atOffset(ZoneOffset.UTC),
                        Disruption.KindEnum.valueOf(view.kind().name()),
                        view.ms())
                .detail(view.detail())
                .hostId(named ? view.host().value() : null);
    }

    private static DisruptionSum json(DisruptionView.Sum sum) {
        return new DisruptionSum(
                sum.month().toString(),
                DisruptionSum.KindEnum.valueOf(sum.kind().name()),
                sum.times(),
                sum.ms(),
                sum.longestMs());
    }
}
