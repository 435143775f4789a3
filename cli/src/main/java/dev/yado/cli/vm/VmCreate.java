package dev.yado.cli.vm;

import dev.yado.cli.session.Names;
import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.text.Mebibytes;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "create",
        description = "Make a VM and start it.",
        footer = {
            "",
            "Example:",
            "  yado vm create web --cpus 2 --memory 2G --disk image=debian-13,size=20 --disk size=100",
            "  yado vm create tiny --cpus 1 --memory 256 --kernel vmlinuz --initrd initrd --cmdline console=ttyS0",
            "  yado vm create db --cpus 2 --memory 2G --disk image=debian-13 --nic network=backend,group=db"
                    + " --ssh-key ~/.ssh/id_ed25519.pub"
        })
public final class VmCreate implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "NAME", description = "Unique in the tenant.")
    private String name = "";

    @Option(names = "--cpus", required = true, paramLabel = "N", description = "Virtual CPUs.")
    private int cpus;

    @Option(names = "--memory", required = true, paramLabel = "SIZE", description = "In MiB, or with a unit: 512, 2G.")
    private @Nullable Mebibytes memory;

    @Option(
            names = "--disk",
            paramLabel = "image=IMAGE,size=GIB",
            converter = DiskOption.Converter.class,
            description = "A disk, the first one is booted; without image it is empty. May be repeated.")
    private List<DiskOption> disks = new ArrayList<>();

    @Option(names = "--kernel", paramLabel = "IMAGE", description = "Boot this kernel directly.")
    private @Nullable String kernel;

    @Option(names = "--initrd", paramLabel = "IMAGE", description = "The kernel's initial RAM disk.")
    private @Nullable String initrd;

    @Option(names = "--cmdline", paramLabel = "TEXT", description = "The kernel's command line.")
    private @Nullable String cmdline;

    @Option(
            names = "--accelerator",
            paramLabel = "NAME",
            description = "auto (default), kvm or tcg; auto takes kvm where it is proven to be fast.")
    private @Nullable AcceleratorOption accelerator;

    @Option(names = "--autostart", description = "Come back by itself after a reboot of its host.")
    private boolean autostart;

    @Option(names = "--autostart-order", paramLabel = "N", description = "Lower starts first (default 100).")
    private @Nullable Integer autostartOrder;

    @Option(names = "--autostart-delay", paramLabel = "SECONDS", description = "Pause before the next one starts.")
    private @Nullable Integer autostartDelay;

    @Option(names = "--no-start", description = "Make it, but leave it stopped.")
    private boolean noStart;

    @Mixin
    private GuestOptions guest = new GuestOptions();

    @Mixin
    private ChangeOptions change = new ChangeOptions();

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public VmCreate(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        if (kernel == null && (initrd != null || cmdline != null)) {
            throw Failure.usage("--initrd and --cmdline belong to a kernel", "Name it by --kernel IMAGE.");
        }
        Answer answer = session.api().change("POST", "/v1/vms" + change.query(), body(), change.headers());
        VmChange.begun(session, answer, change, wait, operation -> {
            String id = operation.text("targetId");
            Json.Document vm = session.api().get("/v1/vms/" + id).document();
            session.screen().answer("vm " + name + " is " + vm.text("state") + ", id " + id);
        });
    }

    private Json.Document body() {
        Names names = session.names();
        Json.Document body = new Json.Document()
                .with("name", name)
                .with("vcpus", cpus)
                .with("memoryMiB", memory == null ? 0 : memory.value());
        List<Json> list = new ArrayList<>();
        for (DiskOption option : disks) {
            Json.Document disk = new Json.Document();
            if (option.image().isPresent()) {
                disk = disk.with("imageId", names.image(option.image().get()));
            }
            if (option.sizeGiB().isPresent()) {
                disk = disk.with("sizeGiB", option.sizeGiB().get());
            }
            if (option.pool().isPresent()) {
                disk = disk.with("pool", option.pool().get());
            }
            list.add(disk);
        }
        body = body.with("disks", new Json.Array(list));
        if (kernel != null) {
            body = body.with("boot", boot(names, kernel));
        }
        if (accelerator != null) {
            body = body.with("accelerator", accelerator.toString());
        }
        if (autostart || autostartOrder != null || autostartDelay != null) {
            Json.Document when = new Json.Document();
            when = autostartOrder == null ? when : when.with("order", autostartOrder);
            body = body.with("autostart", autostartDelay == null ? when : when.with("delaySeconds", autostartDelay));
        }
        return guest.in(body, names).with("start", !noStart);
    }

    private Json.Document boot(Names names, String kernelImage) {
        Json.Document boot = new Json.Document().with("kernelImageId", names.image(kernelImage));
        boot = initrd == null ? boot : boot.with("initrdImageId", names.image(initrd));
        return cmdline == null ? boot : boot.with("cmdline", cmdline);
    }
}
