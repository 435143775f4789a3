package dev.yado.cli.host;

import dev.yado.cli.session.Format;
import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "cpu-baseline",
        description = {
            "Show or set the CPU model that new VMs are pinned to (administrator). VMs that are pinned already keep theirs.",
            "Set it ahead of hosts that are still to come and that have less."
        },
        footer = {
            "",
            "Example:",
            "  yado host cpu-baseline",
            "  yado host cpu-baseline --set Skylake-Server-v4 --accelerator kvm",
            "  yado host cpu-baseline --computed --accelerator kvm"
        })
public final class HostCpuBaseline implements Runnable {
    private final Session session;

    @Option(names = "--set", paramLabel = "MODEL", description = "In QEMU's words.")
    private @Nullable String model;

    @Option(names = "--computed", description = "Have it computed again: the best that all hosts have.")
    private boolean computed;

    @Option(names = "--accelerator", paramLabel = "ACCEL", description = "kvm (default) or tcg.")
    private String accelerator = "kvm";

    @Option(names = "--architecture", paramLabel = "ARCH", description = "x86_64 (default) or aarch64.")
    private String architecture = "x86_64";

    @Option(names = "--some-may-lack", description = "Also a model that hosts in service lack: those get no new VMs.")
    private boolean someMayLack;

    public HostCpuBaseline(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        if (model != null && computed) {
            throw Failure.of(ExitCode.USAGE, "USAGE", "--set and --computed exclude each other", "");
        }
        Answer answer = model == null && !computed ? session.api().get("/v1/cpu-baseline") : set();
        if (session.format() == Format.JSON) {
            session.screen().answer(answer.body());
        } else {
            HostCpuCompat.baselines(session, answer.document().documents("items"));
        }
    }

    private Answer set() {
        Json.Document body =
                new Json.Document().with("architecture", architecture).with("accelerator", accelerator);
        body = model == null ? body : body.with("model", model);
        body = someMayLack ? body.with("someHostsMayLack", true) : body;
        return session.api().change("PUT", "/v1/cpu-baseline", body, Map.of());
    }
}
