package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "migrate",
        description = {
            "Move a VM to another host, running or not. Its guest goes on; until the switch-over it can be broken off and stays.",
            "--plan says what the move would be like and what is in the way, and moves nothing."
        },
        footer = {
            "",
            "Example:",
            "  yado vm migrate web",
            "  yado vm migrate web --to rack2-3 --max-downtime 50 --no-post-copy",
            "  yado vm migrate web --plan",
            "  yado vm migrate web --cancel"
        })
public final class VmMigrate implements Runnable {
    private static final String KIND = "MigrateVm";

    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Option(names = "--to", paramLabel = "HOST", description = "Where to (administrator); else the best that there is.")
    private @Nullable String to;

    @Option(
            names = "--deadline",
            paramLabel = "TIME",
            description =
                    "How long it may copy (90, 90s, 5m; default 5m). Not switched over by then: the guest stays, untouched.")
    private @Nullable Duration deadline;

    @Option(names = "--cancel", description = "Break off the move that is under way.")
    private boolean cancel;

    @Mixin
    private GoalOptions goal = new GoalOptions();

    @Mixin
    private ChangeOptions change = new ChangeOptions();

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public VmMigrate(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String id = session.names().vm(vm);
        if (cancel) {
            breakOff(id);
            return;
        }
        Json.Document body = new Json.Document();
        body = to == null ? body : body.with("hostId", session.names().host(to));
        Json.Document wanted = goal.goal(deadline);
        body = wanted == null ? body : body.with("goal", wanted);
        Answer answer =
                session.api().change("POST", "/v1/vms/" + id + "/migrate" + change.query(), body, change.headers());
        if (change.planOnly()) {
            PlanReport.show(session, answer);
            return;
        }
        String operation = answer.document().text("id");
        new Waiting(session).begun(answer, wait, _ -> showBar(id, operation), _ -> showResult(id, operation));
    }

    private void breakOff(String id) {
        String operation = session.api().get("/v1/vms/" + id).document().text("operationId");
        Json.Document open = operation.isEmpty()
                ? new Json.Document()
                : session.api().get("/v1/operations/" + operation).document();
        if (!open.text("kind").equals(KIND)) {
            throw Failure.of(ExitCode.REFUSED, "CONFLICT", "VM " + vm + " does not move", "");
        }
        Answer answer = session.api().post("/v1/operations/" + operation + "/cancel");
        session.show(answer, cancelled -> session.screen().message("  " + cancelled.text("detail")));
        if (wait.waits()) {
            new Waiting(session).untilEnd(operation, wait.timeout());
            Json.Document now = session.api().get("/v1/vms/" + id).document();
            session.screen().message("vm " + now.text("name") + " is " + now.text("state") + on(now.text("hostId")));
        }
    }

    private void showBar(String id, String operation) {
        if (session.screen().live()) {
            migration(id, operation).ifPresent(found -> session.screen().passing(MoveText.bar(found)));
        }
    }

    private Optional<Json.Document> migration(String id, String operation) {
        return session.api().get("/v1/vms/" + id + "/migrations?limit=1").document().documents("items").stream()
                .filter(found -> found.text("operationId").equals(operation))
                .findFirst();
    }

    private void showResult(String id, String operation) {
        Json.Document now = session.api().get("/v1/vms/" + id).document();
        String result = migration(id, operation).map(MoveText::result).orElse("");
        session.screen()
                .answer("vm " + now.text("name") + " is " + now.text("state") + on(now.text("hostId"))
                        + (result.isEmpty() ? "" : ": " + result));
    }

    private String on(String host) {
        return host.isEmpty() ? "" : " on host " + session.hostNames().of(host);
    }
}
