package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Json;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What all changes of a VM have in common: begin, wait, say what it is afterwards. */
final class VmChange {
    private VmChange() {}

    static void post(Session session, String nameOrId, String verb, ChangeOptions change, WaitOptions wait) {
        post(session, nameOrId, verb, null, change, wait);
    }

    static void post(
            Session session,
            String nameOrId,
            String verb,
            Json.@Nullable Document body,
            ChangeOptions change,
            WaitOptions wait) {
        String id = session.names().vm(nameOrId);
        Answer answer =
                session.api().change("POST", "/v1/vms/" + id + "/" + verb + change.query(), body, change.headers());
        begun(session, answer, change, wait, operation -> {
            Json.Document vm = session.api().get("/v1/vms/" + id).document();
            session.screen().answer("vm " + vm.text("name") + " is " + vm.text("state"));
        });
    }

    /** Shows the plan, if that was asked; else waits for the operation. */
    static void begun(
            Session session, Answer answer, ChangeOptions change, WaitOptions wait, Consumer<Json.Document> words) {
        if (change.planOnly()) {
            PlanReport.show(session, answer);
        } else {
            new Waiting(session).begun(answer, wait, words);
        }
    }
}
