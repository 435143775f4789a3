package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Api;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "create",
        description = {
            "Make a network. Give it a subnet before VMs use it.",
            "With --provider it is a way to the network of the data centre, for all tenants (administrator)."
        },
        footer = {
            "",
            "Example:",
            "  yado net create backend",
            "  yado net create internet --provider dc1 --vlan 12 --external"
        })
public final class NetCreate implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "NAME", description = "Unique in the tenant.")
    private String name = "";

    @Option(names = "--mtu", paramLabel = "N", description = "Of the guests' cards (default 1450).")
    private @Nullable Integer mtu;

    @Option(names = "--provider", paramLabel = "NAME", description = "The name by which hosts know their way to it.")
    private @Nullable String provider;

    @Option(names = "--vlan", paramLabel = "TAG", description = "Its tag there, 1 to 4094; without one it is untagged.")
    private @Nullable Integer vlan;

    @Option(names = "--external", description = "Routers have their way out through it, and floating IPs are of it.")
    private boolean external;

    public NetCreate(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        if (provider == null && (vlan != null || external)) {
            throw Failure.usage("--vlan and --external belong to a provider network", "Name it by --provider NAME.");
        }
        Json.Document body = new Json.Document().with("name", name);
        body = mtu == null ? body : body.with("mtu", mtu);
        if (provider != null) {
            Json.Document way = new Json.Document().with("name", provider);
            way = vlan == null ? way : way.with("vlan", vlan);
            body = body.with("provider", way).with("external", external);
        }
        Api api = provider == null ? session.api() : session.apiForAllTenants();
        session.show(
                api.post("/v1/networks", body),
                made -> session.screen().answer("network " + name + " is made, id " + made.text("id")));
    }
}
