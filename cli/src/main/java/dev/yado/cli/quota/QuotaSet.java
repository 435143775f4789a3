package dev.yado.cli.quota;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Mebibytes;
import dev.yado.cli.wire.Api;
import dev.yado.cli.wire.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "set",
        description = {
            "Set all limits of a tenant (administrator); what is not named becomes unlimited.",
            "A limit below what is used takes nothing away: nothing new is allowed until enough is deleted."
        },
        footer = {"", "Example:", "  yado quota set acme --vms 20 --cpus 64 --memory 128G", "  yado quota set acme"})
public final class QuotaSet implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "TENANT", description = "Name or id.")
    private String tenant = "";

    @Option(names = "--vms", paramLabel = "N", description = "How many VMs, running or not.")
    private @Nullable Long vms;

    @Option(names = "--cpus", paramLabel = "N", description = "Virtual CPUs of all VMs.")
    private @Nullable Long cpus;

    @Option(names = "--memory", paramLabel = "SIZE", description = "Memory of all VMs: in MiB, or with a unit.")
    private @Nullable Mebibytes memory;

    @Option(names = "--disk", paramLabel = "SIZE", description = "Disks of all VMs: in MiB, or with a unit.")
    private @Nullable Mebibytes disk;

    @Option(names = "--networks", paramLabel = "N", description = "Networks.")
    private @Nullable Long networks;

    @Option(names = "--addresses", paramLabel = "N", description = "Addresses of network cards and floating IPs.")
    private @Nullable Long addresses;

    @Option(names = "--rules", paramLabel = "N", description = "Rules of all security groups.")
    private @Nullable Long rules;

    @Option(names = "--routers", paramLabel = "N", description = "Routers.")
    private @Nullable Long routers;

    @Option(names = "--backups", paramLabel = "N", description = "Backups that are kept.")
    private @Nullable Long backups;

    @Option(names = "--snapshots", paramLabel = "N", description = "Snapshots of all VMs.")
    private @Nullable Long snapshots;

    @Option(
            names = "--if-match",
            paramLabel = "ETAG",
            description = "Only if limits and use are still as they were read.")
    private @Nullable String ifMatch;

    public QuotaSet(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document limits = new Json.Document();
        limits = vms == null ? limits : limits.with("vms", vms);
        limits = cpus == null ? limits : limits.with("vcpus", cpus);
        limits = memory == null ? limits : limits.with("memoryMiB", memory.value());
        limits = disk == null ? limits : limits.with("diskMiB", disk.value());
        limits = networks == null ? limits : limits.with("networks", networks);
        limits = addresses == null ? limits : limits.with("addresses", addresses);
        limits = rules == null ? limits : limits.with("securityRules", rules);
        limits = routers == null ? limits : limits.with("routers", routers);
        limits = backups == null ? limits : limits.with("backups", backups);
        limits = snapshots == null ? limits : limits.with("snapshots", snapshots);
        Api api = session.apiForAllTenants();
        String path = "/v1/tenants/" + session.names().tenant(tenant) + "/quota";
        QuotaShow.show(
                session, api.change("PUT", path, limits, ifMatch == null ? Map.of() : Map.of("If-Match", ifMatch)));
    }
}
