package dev.yado.why;

import dev.yado.api.Caller;
import dev.yado.api.CurrentCaller;
import dev.yado.api.generated.WhyApi;
import dev.yado.api.generated.model.VmWhy;
import dev.yado.api.generated.model.WhyFact;
import dev.yado.operation.OperationJson;
import dev.yado.protocol.VmId;
import java.time.ZoneOffset;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class WhyController implements WhyApi {
    private final Why why;
    private final CurrentCaller caller;

    WhyController(Why why, CurrentCaller caller) {
        this.why = why;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<VmWhy> explainVm(UUID vmId) {
        Caller who = caller.get();
        Story story = why.of(who, new VmId(vmId));
        return ResponseEntity.ok(new VmWhy(
                        story.vm().id().value(),
                        story.vm().name(),
                        story.vm().state().name(),
                        story.summary(),
                        story.facts().stream().map(WhyController::json).toList())
                .verdicts(OperationJson.placement(story.verdicts(), who.isAdministrator())));
    }

    private static WhyFact json(Story.Fact fact) {
        return new WhyFact(WhyFact.SourceEnum.valueOf(fact.source().name()), fact.text())
                .at(fact.at() == null ? null : fact.at().atOffset(ZoneOffset.UTC))
                .code(fact.code());
    }
}
