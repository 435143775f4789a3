package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "set",
        description = "Change a network card, also while its VM runs. What is not named stays.",
        footer = {
            "",
            "Example:",
            "  yado nic set web --group default --group web",
            "  yado nic set web --in 100000 --out 50000"
        })
public final class NicSet implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "CARD", description = "A VM (its first card), VM:N, or an id.")
    private String nic = "";

    @Option(
            names = "--group",
            paramLabel = "GROUP",
            description = "Be in these security groups and no others. May be repeated.")
    private List<String> groups = new ArrayList<>();

    @Option(
            names = "--in",
            paramLabel = "KBITS",
            description = "Towards the guest at most so many kbit/s; 0: without limit.")
    private @Nullable Integer in;

    @Option(names = "--out", paramLabel = "KBITS", description = "From the guest.")
    private @Nullable Integer out;

    public NicSet(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String path = "/v1/nics/" + new Places(session).card(nic).id();
        Answer present = session.api().get(path);
        List<String> ids = groups.isEmpty()
                ? present.document().texts("securityGroupIds")
                : groups.stream().map(session.names()::securityGroup).toList();
        Json.Document body = new Json.Document()
                .with(
                        "securityGroupIds",
                        new Json.Array(ids.stream().<Json>map(Json.Text::new).toList()));
        Json.Document qos = limits(present.document().document("qos").orElse(new Json.Document()));
        body = qos.fields().isEmpty() ? body : body.with("qos", qos);
        Map<String, String> version = present.etag().isEmpty() ? Map.of() : Map.of("If-Match", present.etag());
        session.show(
                session.api().change("PUT", path, body, version),
                changed -> session.screen().answer("card " + changed.text("id") + " is changed"));
    }

    private Json.Document limits(Json.Document present) {
        Json.Document limits = new Json.Document();
        long inward = in == null ? present.number("inKbits") : in;
        long outward = out == null ? present.number("outKbits") : out;
        limits = inward == 0 ? limits : limits.with("inKbits", inward);
        return outward == 0 ? limits : limits.with("outKbits", outward);
    }
}
