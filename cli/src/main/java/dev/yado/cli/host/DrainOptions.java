package dev.yado.cli.host;

import dev.yado.cli.session.Session;
import dev.yado.cli.vm.GoalOptions;
import dev.yado.cli.wire.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How hosts are taken out of service. */
final class DrainOptions {
    enum WhenBlocked {
        REFUSE,
        WAIT,
        STOP,
        LEAVE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--deadline",
            paramLabel = "TIME",
            description =
                    "From then on no move begins, and those under way are broken off (90s, 5m, 2h; default a day).")
    private @Nullable Duration deadline;

    @Option(
            names = "--when-blocked",
            paramLabel = "WHAT",
            description =
                    "What becomes of guests that cannot move: refuse (default; nothing begins), wait for a decision, stop, leave.")
    private @Nullable WhenBlocked whenBlocked;

    @Option(
            names = "--stop",
            paramLabel = "VM",
            description = "Stop this guest, gracefully, and leave it on the host. May be repeated.")
    private List<String> stop = new ArrayList<>();

    @Option(names = "--leave", paramLabel = "VM", description = "Leave this guest as it is. May be repeated.")
    private List<String> leave = new ArrayList<>();

    @Option(names = "--leave-stopped", description = "Leave guests that do not run; else they are moved too.")
    private boolean leaveStopped;

    @Mixin
    private GoalOptions goal = new GoalOptions();

    Json.Document body(Session session) {
        Json.Document body = new Json.Document();
        body = deadline == null ? body : body.with("deadlineSeconds", Math.max(1, deadline.toSeconds()));
        body = whenBlocked == null ? body : body.with("whenBlocked", whenBlocked.name());
        body = leaveStopped ? body.with("moveStopped", false) : body;
        body = with(body, "stop", session, stop);
        body = with(body, "leave", session, leave);
        Json.Document wanted = goal.goal(null);
        return wanted == null ? body : body.with("goal", wanted);
    }

    static Json.Document with(Json.Document body, String field, Session session, List<String> vms) {
        return vms.isEmpty()
                ? body
                : body.with(
                        field,
                        new Json.Array(vms.stream()
                                .<Json>map(vm -> new Json.Text(session.names().vm(vm)))
                                .toList()));
    }
}
