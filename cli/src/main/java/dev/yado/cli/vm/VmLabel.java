package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "label",
        description = "Give a VM labels, by which schedules and others mean many VMs at once; KEY- takes one away.",
        footer = {"", "Example:", "  yado vm label web tier=front stage=prod", "  yado vm label web stage-"})
public final class VmLabel implements Runnable {
    private final Session session;

    @Parameters(index = "0", paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "KEY=VALUE", description = "Or KEY- to take it away.")
    private List<String> changes = new ArrayList<>();

    public VmLabel(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String path = "/v1/vms/" + session.names().vm(vm);
        Answer now = session.api().get(path);
        Map<String, Json> labels = new LinkedHashMap<>(
                now.document().document("labels").orElse(new Json.Document()).fields());
        for (String change : changes) {
            int equals = change.indexOf('=');
            if (equals > 0) {
                labels.put(change.substring(0, equals), new Json.Text(change.substring(equals + 1)));
            } else if (change.endsWith("-")) {
                labels.remove(change.substring(0, change.length() - 1));
            } else {
                throw Failure.usage("'" + change + "' is no label", "Give KEY=VALUE, or KEY- to take one away.");
            }
        }
        Json.Document body = new Json.Document().with("labels", new Json.Document(labels));
        Answer changed = session.api().change("PUT", path + "/labels", body, Map.of("If-Match", now.etag()));
        session.show(changed, made -> session.screen().answer("vm " + made.text("name") + ": " + words(made)));
    }

    /** {@code tier=front, stage=prod}. */
    static String words(Json.Document vm) {
        Json.Document labels = vm.document("labels").orElse(new Json.Document());
        return String.join(
                ", ",
                labels.fields().keySet().stream()
                        .map(key -> key + "=" + labels.text(key))
                        .toList());
    }
}
