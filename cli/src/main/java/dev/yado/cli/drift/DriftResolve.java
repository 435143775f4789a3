package dev.yado.cli.drift;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Json;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "resolve",
        description = {
            "Say what is to become of a guest that a host holds and nobody knows (administrator).",
            "adopt makes it a VM of --tenant, else of the tenant that it had; remove has its host end it with its disks."
        },
        footer = {"", "Example:", "  yado drift resolve 0198c0de-0000-7000-8000-000000000000 --action adopt"})
public final class DriftResolve implements Runnable {
    enum Action {
        ADOPT,
        REMOVE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Session session;

    @Parameters(paramLabel = "ID", description = "As 'yado drift list' shows it.")
    private String id = "";

    @Option(names = "--action", required = true, paramLabel = "ACTION", description = "adopt or remove.")
    private Action action = Action.ADOPT;

    public DriftResolve(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document().with("action", action.name());
        session.show(
                session.api().post("/v1/drift/" + id + "/resolve", body), entry -> DriftShow.facts(session, entry));
    }
}
