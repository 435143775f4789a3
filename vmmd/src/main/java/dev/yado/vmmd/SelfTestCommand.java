package dev.yado.vmmd;

import dev.yado.kernel.KvmSelfTest;
import dev.yado.protocol.ProtocolJson;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints verdict, speed and reason as JSON. */
@Command(
        name = "selftest",
        description = "Runs a guest to find out whether KVM is worth using, and prints the result as JSON.")
final class SelfTestCommand implements Callable<Integer> {
    @Option(
            names = "--device",
            defaultValue = "/dev/kvm",
            paramLabel = "FILE",
            description = "Default: ${DEFAULT-VALUE}.")
    private Path device = Path.of("/dev/kvm");

    @Override
    public Integer call() throws InterruptedException {
        var report = KvmSelfTest.of(device).run().toReport();
        System.out.println(
                ProtocolJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(report));
        return 0;
    }
}
