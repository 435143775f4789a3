package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Api;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "list",
        description = "List VMs. The reason is shown where there is one.",
        footer = {"", "Example:", "  yado vm list", "  yado vm list -o json | jq '.items[].state'"})
public final class VmList implements Runnable {
    private final Session session;

    @Option(names = "--wide", description = "Show ids of hosts and tenants too.")
    private boolean wide;

    @Option(names = "--state", paramLabel = "STATE", description = "Only those in this state, such as RUNNING.")
    private @Nullable String state;

    @Option(names = "--host", paramLabel = "HOST", description = "Only those on this host (administrator).")
    private @Nullable String host;

    public VmList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
        if (state != null) {
            query.add("state=" + Api.encode(state.toUpperCase(Locale.ROOT)));
        }
        if (host != null) {
            query.add("host=" + Api.encode(host));
        }
        session.list("/v1/vms" + query, vms -> table(vms, wide, Instant.now()));
    }

    static Table table(List<Json.Document> vms, boolean wide, Instant now) {
        Table table =
                new Table("NAME", "STATE", "CPUS", "MEMORY", "DISKS", "ACCEL", "AGE", "ID", "HOST", "TENANT", "REASON");
        for (Json.Document vm : vms) {
            table.row(
                    vm.text("name"),
                    vm.text("state"),
                    vm.text("vcpus"),
                    Words.mebibytes(vm.number("memoryMiB")),
                    disks(vm),
                    vm.text("accelerator"),
                    Words.age(vm.text("createdAt"), now),
                    vm.text("id"),
                    wide ? vm.text("hostId") : "",
                    wide ? vm.text("tenantId") : "",
                    vm.text("stateReason"));
        }
        return table;
    }

    /** Sizes in GiB, the booted one first. */
    static String disks(Json.Document vm) {
        List<String> sizes =
                vm.documents("disks").stream().map(disk -> disk.text("sizeGiB")).toList();
        return sizes.isEmpty() ? "" : String.join("+", sizes) + " GiB";
    }
}
