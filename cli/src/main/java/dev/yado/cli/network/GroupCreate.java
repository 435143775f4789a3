package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "create",
        description = "Make a security group. It lets all out and nothing in until it gets rules.",
        footer = {"", "Example:", "  yado secgroup create web --description \"from the internet\""})
public final class GroupCreate implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "NAME", description = "Unique in the tenant.")
    private String name = "";

    @Option(names = "--description", paramLabel = "TEXT", description = "What it is for.")
    private @Nullable String description;

    public GroupCreate(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document().with("name", name);
        session.show(
                session.api()
                        .post(
                                "/v1/security-groups",
                                description == null ? body : body.with("description", description)),
                made -> session.screen().answer("security group " + name + " is made, id " + made.text("id")));
    }
}
