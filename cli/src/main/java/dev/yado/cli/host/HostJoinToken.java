package dev.yado.cli.host;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Json;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "join-token",
        description = {
            "Make a token with which one machine becomes a host, once (administrator). Standard output gets the token alone;",
            "standard error the command to run on the machine, which reads the token from standard input."
        },
        footer = {
            "",
            "Example:",
            "  (umask 077; yado host join-token --name rack1-7 > rack1-7.token)",
            "  yado host join-token --renew rack1-7       for a host whose certificate has expired or was revoked",
            "  yado host join-token --replace rack1-7     for a new or wiped machine under that name"
        })
public final class HostJoinToken implements Runnable {
    private final Session session;

    @Option(names = "--name", paramLabel = "NAME", description = "The only name that it lets join. Default: any.")
    private @Nullable String name;

    @Option(names = "--ttl", paramLabel = "TIME", description = "How long it is valid (default 1h, at most 168h).")
    private @Nullable Duration ttl;

    @Option(names = "--renew", paramLabel = "HOST", description = "A host that keeps its id, its name and its VMs.")
    private @Nullable String renews;

    @Option(
            names = "--replace",
            paramLabel = "HOST",
            description = "A host that gives its name to the new one; its certificates end, its VMs stay its own.")
    private @Nullable String replaces;

    @Option(names = "--simulator", description = "For a process of simulated hosts.")
    private boolean simulator;

    public HostJoinToken(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document();
        String bound = name == null && replaces != null && !isId(replaces) ? replaces : name;
        body = bound == null ? body : body.with("name", bound);
        body = ttl == null ? body : body.with("ttlSeconds", ttl.toSeconds());
        body = renews == null ? body : body.with("renews", session.names().host(renews));
        body = replaces == null ? body : body.with("replaces", session.names().host(replaces));
        body = simulator ? body.with("kind", "SIMULATOR") : body;
        session.show(session.api().post("/v1/host-join-tokens", body), made -> {
            session.screen().message("valid once, until " + made.text("expiresAt") + ". On the machine, as root:");
            session.screen().message("  " + made.text("command"));
            session.screen().answer(made.text("token"));
        });
    }

    private static boolean isId(String text) {
        return text.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    }
}
