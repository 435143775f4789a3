package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.wire.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "list",
        description = "List network cards of VMs.",
        footer = {"", "Example:", "  yado nic list", "  yado nic list --network backend"})
public final class NicList implements Runnable {
    private final Session session;

    @Option(names = "--network", paramLabel = "NETWORK", description = "Only those in it.")
    private @Nullable String network;

    public NicList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String path = network == null
                ? "/v1/nics"
                : "/v1/nics?networkId=" + session.names().network(network);
        session.list(path, nics -> {
            Table table = new Table("MAC", "ADDRESSES", "VM", "NETWORK", "ID");
            for (Json.Document nic : nics) {
                table.row(
                        nic.text("mac"),
                        String.join(" ", nic.texts("addresses")),
                        nic.text("vmId"),
                        nic.text("networkId"),
                        nic.text("id"));
            }
            return table;
        });
    }
}
