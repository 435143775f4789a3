package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "trace",
        description = {
            "Say what becomes of a packet: as it is wanted, and as the hosts' kernels would have it.",
            "The first line that stops it is marked. Exit status 1 when something does."
        },
        footer = {
            "",
            "Example:",
            "  yado net trace --from web --to db --port 5432",
            "  yado net trace --from web --to 203.0.113.9 --port 443"
        })
public final class NetTrace implements Runnable {
    private final Session session;

    @Option(
            names = "--from",
            required = true,
            paramLabel = "VM",
            description = "Whose packet: a VM (its first card), VM:N, or the id of a card.")
    private String from = "";

    @Option(
            names = "--to",
            required = true,
            paramLabel = "VM|ADDRESS",
            description = "Where to: an address, a VM or the id of a card.")
    private String to = "";

    @Option(names = "--port", paramLabel = "N", description = "The destination's port; not for icmp.")
    private @Nullable Integer port;

    @Option(names = "--protocol", paramLabel = "NAME", description = "tcp (default), udp, icmp or sctp.")
    private @Nullable String protocol;

    public NetTrace(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Places places = new Places(session);
        Json.Document body =
                new Json.Document().with("fromNicId", places.card(from).id());
        body = Places.isAddress(to)
                ? body.with("toAddress", to)
                : body.with("toNicId", places.card(to).id());
        body = protocol == null ? body : body.with("protocol", protocol.toUpperCase(Locale.ROOT));
        body = port == null ? body : body.with("port", port);
        Answer answer = session.api().post("/v1/network-traces", body);
        session.show(answer, this::show);
        if (!answer.document().text("passes").equals("true")) {
            throw Failure.of(ExitCode.FAILED, "STOPPED", answer.document().text("summary"), "");
        }
    }

    private void show(Json.Document trace) {
        Table table = new Table("", "PLACE", "WANTED", "REAL", "HOST", "WHY");
        String stop = trace.document("stoppedBy").map(Json.Document::line).orElse("");
        boolean marked = false;
        for (Json.Document hop : trace.documents("hops")) {
            boolean here = !marked && hop.line().equals(stop);
            marked |= here;
            table.row(
                    here ? ">" : "",
                    hop.text("place"),
                    hop.text("verdict"),
                    hop.text("real"),
                    hop.text("hostId"),
                    hop.text("detail"));
        }
        session.screen().answer(trace.text("from") + " to " + trace.text("to") + ": " + trace.text("summary"));
        session.screen().answer(table);
    }
}
