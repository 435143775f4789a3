package dev.yado.cli.host;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Facts;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show one host (administrator).",
        footer = {"", "Example:", "  yado host show host-1"})
public final class HostShow implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "HOST", description = "Name or id.")
    private String host = "";

    public HostShow(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.show(session.api().get("/v1/hosts/" + session.names().host(host)), this::facts);
    }

    private static String until(Json.Document host) {
        String until = host.text("certificateExpiresAt");
        return until.isEmpty() ? "" : ", until " + until;
    }

    /** As in "linux, tunnels to 192.0.2.7, mtu 1500, providers internet, storage". */
    private static String network(Json.Document host) {
        return host.document("network")
                .map(network -> {
                    String endpoint = network.text("tunnelEndpoint");
                    List<String> providers = network.texts("providers");
                    String problem = network.text("problem");
                    return network.text("driver")
                            + (endpoint.isEmpty() ? ", no tunnels" : ", tunnels to " + endpoint)
                            + ", mtu " + network.text("underlayMtu")
                            + (providers.isEmpty() ? "" : ", providers " + String.join(", ", providers))
                            + (problem.isEmpty() ? "" : ", carries none: " + problem);
                })
                .orElse("none");
    }

    private static String pools(Json.Document moves) {
        return moves.documents("pools").stream()
                .map(pool -> pool.text("name") + ", " + Words.mebibytes(pool.number("freeMiB")) + " of "
                        + Words.mebibytes(pool.number("sizeMiB")) + " free"
                        + pool.find("problem")
                                .map(problem -> ", cannot be used: " + problem)
                                .orElse(""))
                .collect(Collectors.joining("; "));
    }

    private static String best(Json.Document moves) {
        Json.Document models = moves.document("cpuModels").orElse(new Json.Document());
        return models.fields().keySet().stream()
                .filter(with -> !models.texts(with).isEmpty())
                .map(with -> with + " " + models.texts(with).getLast())
                .collect(Collectors.joining(", "));
    }

    private void facts(Json.Document host) {
        Json.Document moves = host.document("moves").orElse(new Json.Document());
        List<String> machines = moves.texts("machineTypes");
        Json.Document test = host.document("selfTest").orElse(new Json.Document());
        new Facts()
                .add("name", host.text("name"))
                .add("id", host.text("id"))
                .add("state", host.text("state"))
                .add("reason", host.text("stateReason"))
                .add("maintenance", host.text("maintenance"))
                .add("vms", host.text("vms"))
                .add("cpus", HostList.used(host, "vcpus") + " taken")
                .add("memory", HostList.usedMebibytes(host, "memoryMiB") + " taken")
                .add("disk", HostList.usedMebibytes(host, "diskMiB") + " taken")
                .add("architecture", host.text("architecture"))
                .add("accelerator", host.text("accelerator"))
                .add("self test", test.text("verdict") + ": " + test.text("reason"))
                .add("qemu", host.text("qemuVersion"))
                .add("agent", host.text("agentVersion"))
                .add("networks", network(host))
                .add("cpu", moves.text("cpu"))
                .add("best cpu models", best(moves))
                .add(
                        "machine types",
                        machines.isEmpty()
                                ? ""
                                : machines.size() + ", " + machines.getFirst() + " to " + machines.getLast())
                .add("shared pools", pools(moves))
                .add("options", String.join(" ", host.texts("options")))
                .add("certificate", HostList.certificate(host, Instant.now()) + until(host))
                .add("simulated", host.text("simulated").equals("true") ? "yes" : "")
                .add("last report", host.text("lastReportAt"))
                .show(session.screen());
    }
}
