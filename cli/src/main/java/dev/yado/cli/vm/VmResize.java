package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "resize",
        description = {
            "Make a disk of a stopped VM larger.",
            "What the guest makes of the room, a larger file system for example, is its own affair."
        },
        footer = {"", "Example:", "  yado vm resize web --size 20", "  yado vm resize db --disk 1 --size 200"})
public final class VmResize implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Option(names = "--disk", paramLabel = "N", description = "Which, counted from 0 as in 'vm show' (default 0).")
    private int disk;

    @Option(names = "--size", paramLabel = "GIB", required = true, description = "How large it is to be.")
    private long size;

    @Mixin
    private ChangeOptions change = new ChangeOptions();

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public VmResize(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        List<Json.Document> disks = session.api()
                .get("/v1/vms/" + session.names().vm(vm))
                .document()
                .documents("disks");
        if (disk < 0 || disk >= disks.size()) {
            throw Failure.usage("vm " + vm + " has no disk " + disk, "'yado vm show " + vm + "' lists them.");
        }
        String path = "disks/" + disks.get(disk).text("id") + "/resize";
        VmChange.post(session, vm, path, new Json.Document().with("sizeGiB", size), change, wait);
    }
}
