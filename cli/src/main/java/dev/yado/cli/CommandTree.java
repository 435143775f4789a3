package dev.yado.cli;

import dev.yado.cli.alert.AlertList;
import dev.yado.cli.backup.BackupCat;
import dev.yado.cli.backup.BackupCoverage;
import dev.yado.cli.backup.BackupCreate;
import dev.yado.cli.backup.BackupDelete;
import dev.yado.cli.backup.BackupFiles;
import dev.yado.cli.backup.BackupList;
import dev.yado.cli.backup.BackupRestore;
import dev.yado.cli.backup.BackupShow;
import dev.yado.cli.backup.ControllerBackup;
import dev.yado.cli.backup.ControllerBackups;
import dev.yado.cli.backup.ScheduleCreate;
import dev.yado.cli.backup.ScheduleDelete;
import dev.yado.cli.backup.ScheduleHook;
import dev.yado.cli.backup.ScheduleList;
import dev.yado.cli.backup.SchedulePause;
import dev.yado.cli.backup.ScheduleShow;
import dev.yado.cli.drift.DriftList;
import dev.yado.cli.drift.DriftResolve;
import dev.yado.cli.drift.DriftShow;
import dev.yado.cli.event.EventWatch;
import dev.yado.cli.host.HostActivate;
import dev.yado.cli.host.HostCpuBaseline;
import dev.yado.cli.host.HostCpuCompat;
import dev.yado.cli.host.HostDecide;
import dev.yado.cli.host.HostDrain;
import dev.yado.cli.host.HostJoinToken;
import dev.yado.cli.host.HostList;
import dev.yado.cli.host.HostMaintenance;
import dev.yado.cli.host.HostRevoke;
import dev.yado.cli.host.HostSelfTest;
import dev.yado.cli.host.HostShow;
import dev.yado.cli.host.HostUpgrade;
import dev.yado.cli.image.ImageCreate;
import dev.yado.cli.image.ImageDelete;
import dev.yado.cli.image.ImageList;
import dev.yado.cli.image.ImageShow;
import dev.yado.cli.network.GroupCreate;
import dev.yado.cli.network.GroupDelete;
import dev.yado.cli.network.GroupList;
import dev.yado.cli.network.GroupShow;
import dev.yado.cli.network.NetCreate;
import dev.yado.cli.network.NetDelete;
import dev.yado.cli.network.NetList;
import dev.yado.cli.network.NetShow;
import dev.yado.cli.network.NetTrace;
import dev.yado.cli.network.NicList;
import dev.yado.cli.network.NicSet;
import dev.yado.cli.network.NicShow;
import dev.yado.cli.network.RuleAdd;
import dev.yado.cli.network.RuleDelete;
import dev.yado.cli.network.SubnetAdd;
import dev.yado.cli.network.SubnetDelete;
import dev.yado.cli.network.SubnetList;
import dev.yado.cli.operation.OperationCancel;
import dev.yado.cli.operation.OperationList;
import dev.yado.cli.operation.OperationShow;
import dev.yado.cli.operation.OperationWatch;
import dev.yado.cli.quota.QuotaSet;
import dev.yado.cli.quota.QuotaShow;
import dev.yado.cli.router.FipAssign;
import dev.yado.cli.router.FipCreate;
import dev.yado.cli.router.FipDelete;
import dev.yado.cli.router.FipList;
import dev.yado.cli.router.FipRelease;
import dev.yado.cli.router.FipShow;
import dev.yado.cli.router.ForwardAdd;
import dev.yado.cli.router.ForwardDelete;
import dev.yado.cli.router.RouterCreate;
import dev.yado.cli.router.RouterDelete;
import dev.yado.cli.router.RouterExternalClear;
import dev.yado.cli.router.RouterExternalSet;
import dev.yado.cli.router.RouterList;
import dev.yado.cli.router.RouterMove;
import dev.yado.cli.router.RouterRoutes;
import dev.yado.cli.router.RouterShow;
import dev.yado.cli.router.RouterSubnetAdd;
import dev.yado.cli.router.RouterSubnetDelete;
import dev.yado.cli.session.Login;
import dev.yado.cli.session.Session;
import dev.yado.cli.snapshot.SnapshotClone;
import dev.yado.cli.snapshot.SnapshotCreate;
import dev.yado.cli.snapshot.SnapshotDelete;
import dev.yado.cli.snapshot.SnapshotList;
import dev.yado.cli.snapshot.SnapshotRevert;
import dev.yado.cli.snapshot.SnapshotShow;
import dev.yado.cli.tenant.TenantCreate;
import dev.yado.cli.tenant.TenantDelete;
import dev.yado.cli.tenant.TenantList;
import dev.yado.cli.tenant.TokenCreate;
import dev.yado.cli.tenant.TokenDelete;
import dev.yado.cli.tenant.TokenList;
import dev.yado.cli.vm.VmConsole;
import dev.yado.cli.vm.VmCreate;
import dev.yado.cli.vm.VmDelete;
import dev.yado.cli.vm.VmDisruptions;
import dev.yado.cli.vm.VmLabel;
import dev.yado.cli.vm.VmList;
import dev.yado.cli.vm.VmMigrate;
import dev.yado.cli.vm.VmMigrations;
import dev.yado.cli.vm.VmPause;
import dev.yado.cli.vm.VmPin;
import dev.yado.cli.vm.VmReboot;
import dev.yado.cli.vm.VmResize;
import dev.yado.cli.vm.VmResume;
import dev.yado.cli.vm.VmSerial;
import dev.yado.cli.vm.VmShow;
import dev.yado.cli.vm.VmStart;
import dev.yado.cli.vm.VmStop;
import dev.yado.cli.vm.VmUnpin;
import dev.yado.cli.vm.VmWhy;
import java.util.Arrays;
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

    /** @param commands by one word, or by two where several belong to a part of the group. @param parts what these parts are */
    record Group(String summary, Map<String, Maker> commands, Map<String, String> parts) {}

    private static final Map<String, String> PARTS = Map.of(
            "subnet", "Ranges of addresses.",
            "rule", "What may pass.",
            "external", "The way out.",
            "schedule", "When VMs are backed up by themselves.",
            "forward", "Ports that lead somewhere by themselves.");
    private static final Map<String, Group> GROUPS = groups();

    private CommandTree() {}

    static CommandLine build(Object root, Session session, String[] arguments) {
        CommandLine top = new CommandLine(root);
        Group group = arguments.length > 0 ? GROUPS.get(arguments[0]) : null;
        for (int words = 1; group != null && words <= 2 && words < arguments.length; words++) {
            String command = String.join(" ", Arrays.copyOfRange(arguments, 1, words + 1));
            if (group.commands().containsKey(command)) {
                top.addSubcommand(subtree(arguments[0], group, session, command));
                return top;
            }
        }
        top.addSubcommand(new CommandLine(new Login(session)));
        GROUPS.forEach((name, each) -> top.addSubcommand(subtree(name, each, session, "")));
        top.addSubcommand(new CommandLine(new Completion(top, session)));
        return top;
    }

    /** @param only the one command to put in; empty for all */
    private static CommandLine subtree(String name, Group group, Session session, String only) {
        CommandLine line = node(name, group.summary());
        group.commands().forEach((command, maker) -> {
            if (only.isEmpty() || only.equals(command)) {
                String[] words = command.split(" ");
                CommandLine parent = line;
                if (words.length == 2) {
                    parent = line.getSubcommands().get(words[0]);
                    if (parent == null) {
                        parent = node(words[0], group.parts().getOrDefault(words[0], ""));
                        line.addSubcommand(words[0], parent);
                    }
                }
                parent.addSubcommand(words[words.length - 1], new CommandLine(maker.make(session)));
            }
        });
        return line;
    }

    private static CommandLine node(String name, String summary) {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage().description(summary).synopsisSubcommandLabel("COMMAND");
        spec.usageMessage().commandListHeading("%nCommands:%n");
        return new CommandLine(spec);
    }

    private static Map<String, Group> groups() {
        Map<String, Group> groups = new LinkedHashMap<>();
        Map<String, Maker> vm = group(groups, "vm", "Virtual machines.");
        vm.put("list", VmList::new);
        vm.put("show", VmShow::new);
        vm.put("create", VmCreate::new);
        vm.put("start", VmStart::new);
        vm.put("stop", VmStop::new);
        vm.put("resize", VmResize::new);
        vm.put("reboot", VmReboot::new);
        vm.put("pause", VmPause::new);
        vm.put("resume", VmResume::new);
        vm.put("delete", VmDelete::new);
        vm.put("console", VmConsole::new);
        vm.put("serial", VmSerial::new);
        vm.put("why", VmWhy::new);
        vm.put("migrate", VmMigrate::new);
        vm.put("migrations", VmMigrations::new);
        vm.put("disruptions", VmDisruptions::new);
        vm.put("pin", VmPin::new);
        vm.put("unpin", VmUnpin::new);
        vm.put("label", VmLabel::new);
        Map<String, Maker> image = group(groups, "image", "Images, from which disks are made and kernels booted.");
        image.put("list", ImageList::new);
        image.put("show", ImageShow::new);
        image.put("create", ImageCreate::new);
        image.put("delete", ImageDelete::new);
        network(groups);
        Map<String, Maker> backup = group(groups, "backup", "Backups of VMs.");
        backup.put("list", BackupList::new);
        backup.put("show", BackupShow::new);
        backup.put("create", BackupCreate::new);
        backup.put("restore", BackupRestore::new);
        backup.put("files", BackupFiles::new);
        backup.put("cat", BackupCat::new);
        backup.put("delete", BackupDelete::new);
        backup.put("coverage", BackupCoverage::new);
        backup.put("schedule list", ScheduleList::new);
        backup.put("schedule show", ScheduleShow::new);
        backup.put("schedule create", ScheduleCreate::new);
        backup.put("schedule pause", SchedulePause::new);
        backup.put("schedule delete", ScheduleDelete::new);
        backup.put("schedule hook", ScheduleHook::new);
        Map<String, Maker> controller = group(
                groups,
                "controller",
                "Backups of the controllers themselves. Also, without a controller: yado controller restore --help.");
        controller.put("backup", ControllerBackup::new);
        controller.put("backups", ControllerBackups::new);
        Map<String, Maker> snapshot = group(groups, "snapshot", "Snapshots of VMs, to go back to.");
        snapshot.put("list", SnapshotList::new);
        snapshot.put("show", SnapshotShow::new);
        snapshot.put("create", SnapshotCreate::new);
        snapshot.put("revert", SnapshotRevert::new);
        snapshot.put("clone", SnapshotClone::new);
        snapshot.put("delete", SnapshotDelete::new);
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
        host.put("drain", HostDrain::new);
        host.put("maintenance", HostMaintenance::new);
        host.put("decide", HostDecide::new);
        host.put("activate", HostActivate::new);
        host.put("upgrade", HostUpgrade::new);
        host.put("cpu-compat", HostCpuCompat::new);
        host.put("cpu-baseline", HostCpuBaseline::new);
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

    private static void network(Map<String, Group> groups) {
        Map<String, Maker> net = group(groups, "net", "Networks and their subnets, and what becomes of a packet.");
        net.put("list", NetList::new);
        net.put("show", NetShow::new);
        net.put("create", NetCreate::new);
        net.put("delete", NetDelete::new);
        net.put("subnet list", SubnetList::new);
        net.put("subnet add", SubnetAdd::new);
        net.put("subnet delete", SubnetDelete::new);
        net.put("trace", NetTrace::new);
        Map<String, Maker> nic = group(groups, "nic", "Network cards of VMs.");
        nic.put("list", NicList::new);
        nic.put("show", NicShow::new);
        nic.put("set", NicSet::new);
        Map<String, Maker> secgroup = group(groups, "secgroup", "Security groups: what may pass at network cards.");
        secgroup.put("list", GroupList::new);
        secgroup.put("show", GroupShow::new);
        secgroup.put("create", GroupCreate::new);
        secgroup.put("delete", GroupDelete::new);
        secgroup.put("rule add", RuleAdd::new);
        secgroup.put("rule delete", RuleDelete::new);
        Map<String, Maker> router = group(groups, "router", "Routers between subnets and out of the cloud.");
        router.put("list", RouterList::new);
        router.put("show", RouterShow::new);
        router.put("create", RouterCreate::new);
        router.put("delete", RouterDelete::new);
        router.put("subnet add", RouterSubnetAdd::new);
        router.put("subnet delete", RouterSubnetDelete::new);
        router.put("external set", RouterExternalSet::new);
        router.put("external clear", RouterExternalClear::new);
        router.put("routes", RouterRoutes::new);
        router.put("move", RouterMove::new);
        Map<String, Maker> fip = group(groups, "fip", "Floating IPs: external addresses that lead to network cards.");
        fip.put("list", FipList::new);
        fip.put("show", FipShow::new);
        fip.put("create", FipCreate::new);
        fip.put("assign", FipAssign::new);
        fip.put("release", FipRelease::new);
        fip.put("delete", FipDelete::new);
        fip.put("forward add", ForwardAdd::new);
        fip.put("forward delete", ForwardDelete::new);
    }

    private static Map<String, Maker> group(Map<String, Group> groups, String name, String summary) {
        Map<String, Maker> commands = new LinkedHashMap<>();
        groups.put(name, new Group(summary, commands, PARTS));
        return commands;
    }
}
