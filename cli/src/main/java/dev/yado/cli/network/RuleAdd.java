package dev.yado.cli.network;

import dev.yado.cli.session.Names;
import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "add",
        description = {
            "Let something more pass at all cards of a group.",
            "With neither --cidr nor --remote-group: from or to anyone."
        },
        footer = {
            "",
            "Example:",
            "  yado secgroup rule add web in --protocol tcp --port 80-443",
            "  yado secgroup rule add db in --protocol tcp --port 5432 --remote-group web"
        })
public final class RuleAdd implements Runnable {
    private final Session session;

    @Parameters(index = "0", paramLabel = "GROUP", description = "Name or id.")
    private String group = "";

    @Parameters(index = "1", paramLabel = "in|out", description = "in is towards the guest.")
    private String direction = "";

    @Option(names = "--protocol", paramLabel = "NAME", description = "any (default), tcp, udp, icmp, sctp, gre or esp.")
    private @Nullable String protocol;

    @Option(
            names = "--port",
            paramLabel = "N[-M]",
            description = "One port or from one to another; for icmp the type and the code.")
    private @Nullable String port;

    @Option(names = "--cidr", paramLabel = "RANGE", description = "The other side.")
    private @Nullable String cidr;

    @Option(names = "--remote-group", paramLabel = "GROUP", description = "The other side is a member of it.")
    private @Nullable String remote;

    @Option(names = "--ipv6", description = "Of IPv6, where the other side does not say it.")
    private boolean ipv6;

    public RuleAdd(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Names names = session.names();
        Json.Document body = new Json.Document().with("direction", direction.toUpperCase(Locale.ROOT));
        body = protocol == null ? body : body.with("protocol", protocol.toUpperCase(Locale.ROOT));
        body = cidr == null ? body : body.with("remoteCidr", cidr);
        body = remote == null ? body : body.with("remoteGroupId", names.securityGroup(remote));
        body = ipv6 ? body.with("family", "IPV6") : body;
        if (port != null) {
            if (!port.matches("[0-9]{1,5}(-[0-9]{1,5})?")) {
                throw Failure.usage(
                        "'" + port + "' is not a port such as 22 or 8000-8010", "Give one port, or two with a hyphen.");
            }
            String[] ends = port.split("-");
            body = body.with("portMin", Long.parseLong(ends[0]));
            body = ends.length == 1 ? body : body.with("portMax", Long.parseLong(ends[1]));
        }
        session.show(
                session.api().post("/v1/security-groups/" + names.securityGroup(group) + "/rules", body),
                made -> session.screen().answer(GroupShow.words(made) + ", id " + made.text("id")));
    }
}
