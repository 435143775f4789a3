package dev.yado.cli;

import dev.yado.cli.alert.AlertList;
import dev.yado.cli.drift.DriftList;
import dev.yado.cli.drift.DriftResolve;
import dev.yado.cli.drift.DriftShow;
import dev.yado.cli.event.EventWatch;
import dev.yado.cli.host.HostJoinToken;
import dev.yado.cli.host.HostList;
import dev.yado.cli.host.HostRevoke;
import dev.yado.cli.host.HostSelfTest;
import dev.yado.cli.host.HostShow;
import dev.yado.cli.image.ImageCreate;
import dev.yado.cli.image.ImageDelete;
import dev.yado.cli.image.ImageList;
import dev.yado.cli.image.ImageShow;
import dev.yado.cli.operation.OperationCancel;
import dev.yado.cli.operation.OperationList;
import dev.yado.cli.operation.OperationShow;
import dev.yado.cli.operation.OperationWatch;
import dev.yado.cli.quota.QuotaSet;
import dev.yado.cli.quota.QuotaShow;
import dev.yado.cli.session.Login;
import dev.yado.cli.session.Session;
import dev.yado.cli.tenant.TenantCreate;
import dev.yado.cli.tenant.TenantDelete;
import dev.yado.cli.tenant.TenantList;
import dev.yado.cli.tenant.TokenCreate;
import dev.yado.cli.tenant.TokenDelete;
import dev.yado.cli.tenant.TokenList;
import dev.yado.cli.vm.VmConsole;
import dev.yado.cli.vm.VmCreate;
import dev.yado.cli.vm.VmDelete;
import dev.yado.cli.vm.VmList;
import dev.yado.cli.vm.VmPause;
import dev.yado.cli.vm.VmReboot;
import dev.yado.cli.vm.VmResume;
import dev.yado.cli.vm.VmSerial;
import dev.yado.cli.vm.VmShow;
import dev.yado.cli.vm.VmStart;
import dev.yado.cli.vm.VmStop;
import dev.yado.cli.vm.VmWhy;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * All commands by group and name. Reading a command's annotations costs milliseconds, so for a command line that begins with a
 * known group and command only that one is put in; help, completion and wrong command lines get the whole tree.
 */
final class CommandTree {
    /** Makes a command's object; run only for what is put in. */
    interface Maker {
        Runnable make(Session session);
    }

    record Group(String summary, Map<String, Maker> commands) {}

    private static final Map<String, Group> GROUPS = groups();

    private CommandTree() {}

    static CommandLine build(Object root, Session session, String[] arguments) {
        CommandLine top = new CommandLine(root);
        Group group = arguments.length > 0 ? GROUPS.get(arguments[0]) : null;
        if (group != null && arguments.length > 1 && group.commands().containsKey(arguments[1])) {
            top.addSubcommand(subtree(arguments[0], group, session, arguments[1]));
            return top;
        }
        top.addSubcommand(new CommandLine(new Login(session)));
        GROUPS.forEach((name, each) -> top.addSubcommand(subtree(name, each, session, "")));
        top.addSubcommand(new CommandLine(new Completion(top, session)));
        return top;
    }

    /** @param only the one command to put in; empty for all */
    private static CommandLine subtree(String name, Group group, Session session, String only) {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage().description(group.summary()).synopsisSubcommandLabel("COMMAND");
        spec.usageMessage().commandListHeading("%nCommands:%n");
        CommandLine line = new CommandLine(spec);
        group.commands().forEach((command, maker) -> {
            if (only.isEmpty() || only.equals(command)) {
                line.addSubcommand(command, new CommandLine(maker.make(session)));
            }
        });
        return line;
    }

    private static Map<String, Group> groups() {
        Map<String, Group> groups = new LinkedHashMap<>();
        Map<String, Maker> vm = group(groups, "vm", "Virtual machines.");
        vm.put("list", VmList::new);
        vm.put("show", VmShow::new);
        vm.put("create", VmCreate::new);
        vm.put("start", VmStart::new);
        vm.put("stop", VmStop::new);
        vm.put("reboot", VmReboot::new);
        vm.put("pause", VmPause::new);
        vm.put("resume", VmResume::new);
        vm.put("delete", VmDelete::new);
        vm.put("console", VmConsole::new);
        vm.put("serial", VmSerial::new);
        vm.put("why", VmWhy::new);
        Map<String, Maker> image = group(groups, "image", "Images, from which disks are made and kernels booted.");
        image.put("list", ImageList::new);
        image.put("show", ImageShow::new);
        image.put("create", ImageCreate::new);
        image.put("delete", ImageDelete::new);
        Map<String, Maker> operation = group(groups, "op", "Operations: what takes time, step by step.");
        operation.put("list", OperationList::new);
        operation.put("show", OperationShow::new);
        operation.put("watch", OperationWatch::new);
        operation.put("cancel", OperationCancel::new);
        Map<String, Maker> alert = group(groups, "alert", "What an operator should know (administrator).");
        alert.put("list", AlertList::new);
        Map<String, Maker> event = group(groups, "event", "What happens.");
        event.put("watch", EventWatch::new);
        Map<String, Maker> drift =
                group(groups, "drift", "Where wanted, reported and real have parted (administrator).");
        drift.put("list", DriftList::new);
        drift.put("show", DriftShow::new);
        drift.put("resolve", DriftResolve::new);
        Map<String, Maker> host = group(groups, "host", "Hosts (administrator).");
        host.put("list", HostList::new);
        host.put("show", HostShow::new);
        host.put("selftest", HostSelfTest::new);
        host.put("join-token", HostJoinToken::new);
        host.put("revoke", HostRevoke::new);
        Map<String, Maker> tenant = group(groups, "tenant", "Tenants (administrator).");
        tenant.put("list", TenantList::new);
        tenant.put("create", TenantCreate::new);
        tenant.put("delete", TenantDelete::new);
        Map<String, Maker> quota = group(groups, "quota", "What tenants may have, and what they have.");
        quota.put("show", QuotaShow::new);
        quota.put("set", QuotaSet::new);
        Map<String, Maker> token = group(groups, "token", "A tenant's tokens.");
        token.put("list", TokenList::new);
        token.put("create", TokenCreate::new);
        token.put("delete", TokenDelete::new);
        return groups;
    }

    private static Map<String, Maker> group(Map<String, Group> groups, String name, String summary) {
        Map<String, Maker> commands = new LinkedHashMap<>();
        groups.put(name, new Group(summary, commands));
        return commands;
    }
}
