package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Facts;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show one VM: what is wanted, what is, and why they differ.",
        footer = {"", "Example:", "  yado vm show web"})
public final class VmShow implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    public VmShow(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Answer answer = session.api().get("/v1/vms/" + session.names().vm(vm));
        session.show(answer, document -> facts(document, answer.etag()));
    }

    private static String pinned(Json.Document vm) {
        String pinned = vm.text("pinnedHostId");
        return pinned.isEmpty() ? "" : pinned.equals(vm.text("hostId")) ? "this host" : "host " + pinned;
    }

    /** Of a VM that used its backup before all of it had come. */
    private static String restore(Json.Document vm) {
        return vm.find("restoring")
                .map(_ -> "what it has not asked for yet still comes from its backup")
                .orElse(vm.find("restoredAt")
                        .map(at -> "all had come at " + at + " (" + Words.age(at, Instant.now()) + ")")
                        .orElse(""));
    }

    private static String agent(String word) {
        return switch (word) {
            case "CONNECTED" -> "connected";
            case "NONE" -> "none runs in the guest";
            default -> word.toLowerCase(Locale.ROOT);
        };
    }

    private void facts(Json.Document vm, String etag) {
        Facts facts = new Facts()
                .add("name", vm.text("name"))
                .add("id", vm.text("id"))
                .add("state", vm.text("state"))
                .add("reason", vm.text("stateReason"))
                .add("desired", vm.text("desiredState"))
                .add("open operation", vm.text("operationId"))
                .add("host", vm.text("hostId"))
                .add("pinned to", pinned(vm))
                .add("accelerator", vm.text("accelerator"))
                .add("cpus", vm.text("vcpus"))
                .add("memory", Words.mebibytes(vm.number("memoryMiB")))
                .add("guest agent", vm.find("guestAgent").map(VmShow::agent).orElse(""))
                .add("restore", restore(vm));
        List<Json.Document> disks = vm.documents("disks");
        for (int i = 0; i < disks.size(); i++) {
            Json.Document disk = disks.get(i);
            facts.add(
                    "disk " + i,
                    disk.text("sizeGiB") + " GiB"
                            + disk.find("imageId")
                                    .map(image -> ", image " + image)
                                    .orElse(", empty at first")
                            + disk.find("pool").map(pool -> ", in pool " + pool).orElse(""));
        }
        List<Json.Document> nics = vm.documents("nics");
        for (int i = 0; i < nics.size(); i++) {
            Json.Document nic = nics.get(i);
            facts.add(
                    "card " + i,
                    String.join(" ", nic.texts("addresses")) + ", " + nic.text("mac") + ", network "
                            + nic.text("networkId") + ", id " + nic.text("id"));
        }
        vm.document("boot")
                .ifPresent(boot -> facts.add("kernel", boot.text("kernelImageId"))
                        .add("initrd", boot.text("initrdImageId"))
                        .add("cmdline", boot.text("cmdline")));
        vm.document("autostart")
                .ifPresent(autostart -> facts.add(
                        "autostart",
                        "order " + autostart.text("order") + ", delay " + autostart.text("delaySeconds") + " s"));
        facts.add("labels", VmLabel.words(vm))
                .add("generation", vm.text("generation"))
                .add("etag", etag)
                .add("tenant", vm.text("tenantId"))
                .add("created", vm.text("createdAt") + " (" + Words.age(vm.text("createdAt"), Instant.now()) + ")")
                .show(session.screen());
    }
}
