package dev.yado.cli.event;

import dev.yado.cli.session.Format;
import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.wire.EventSource;
import dev.yado.cli.wire.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "watch",
        description =
                "Print what happens, until Ctrl-C. A connection that breaks is made again, and nothing is missed.",
        footer = {
            "",
            "Example:",
            "  yado event watch --vm web",
            "  yado event watch --types operation.ended,vm. -o json",
            "  yado event watch --after 4711-93"
        })
public final class EventWatch implements Runnable {
    private final Session session;

    @Option(
            names = "--types",
            paramLabel = "TYPES",
            description = "Only these, separated by commas; a beginning ends with a dot: operation.ended,vm.")
    private @Nullable String types;

    @Option(names = "--vm", paramLabel = "VM", description = "Only events of this VM; name or id.")
    private @Nullable String vm;

    @Option(names = "--after", paramLabel = "ID", description = "Begin after this event, not now.")
    private @Nullable String after;

    @Option(names = "--count", paramLabel = "N", description = "Leave after so many events.")
    private int count = Integer.MAX_VALUE;

    public EventWatch(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String query = (types == null ? "" : "&types=" + types)
                + (vm == null ? "" : "&objectId=" + session.names().vm(vm));
        int[] left = {count};
        new EventSource(session.api(), "/v1/events" + query.replaceFirst("&", "?"), after).follow((id, event) -> {
            print(id, event);
            return --left[0] > 0;
        });
    }

    private void print(String id, Json.Document event) {
        switch (session.format()) {
            case Format.JSON -> session.screen().answer(event.with("id", id).line());
            case Format.NAME -> session.screen().answer(id);
            case Format.TABLE -> session.screen().answer(line(id, event));
        }
    }

    private static String line(String id, Json.Document event) {
        Json.Document data = event.document("data").orElseGet(Json.Document::new);
        StringBuilder facts = new StringBuilder();
        for (String name : new String[] {
            "name",
            "kind",
            "status",
            "desiredState",
            "observedState",
            "state",
            "waitReason",
            "causeCode",
            "errorCode",
            "errorDetail"
        }) {
            data.find(name)
                    .ifPresent(
                            value -> facts.append(' ').append(name).append('=').append(value));
        }
        String object = event.document("object").map(o -> o.text("id")).orElse("");
        return Table.printable(
                "%s %-20s %-18s %s%s".formatted(event.text("at"), id, event.text("type"), object, facts));
    }
}
