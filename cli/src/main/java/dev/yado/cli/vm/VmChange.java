package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import dev.yado.cli.wire.Json;
import org.jspecify.annotations.Nullable;

/** What all changes of a VM have in common: begin, wait, say what it is afterwards. */
final class VmChange {
    private VmChange() {}

    static void post(Session session, String nameOrId, String verb, WaitOptions wait) {
        post(session, nameOrId, verb, null, wait);
    }

    static void post(Session session, String nameOrId, String verb, Json.@Nullable Document body, WaitOptions wait) {
        String id = session.names().vm(nameOrId);
        String path = "/v1/vms/" + id + "/" + verb;
        new Waiting(session)
                .begun(body == null ? session.api().post(path) : session.api().post(path, body), wait, operation -> {
                    Json.Document vm = session.api().get("/v1/vms/" + id).document();
                    session.screen().answer("vm " + vm.text("name") + " is " + vm.text("state"));
                });
    }
}
