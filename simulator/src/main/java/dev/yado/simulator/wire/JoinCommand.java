package dev.yado.simulator.wire;

import dev.yado.protocol.trust.CaHash;
import dev.yado.protocol.trust.IdentityFile;
import dev.yado.protocol.trust.Joining;
import dev.yado.protocol.trust.Machine;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Gets the certificate with which the simulator speaks for the hosts that it makes. */
@Command(
        name = "join",
        description = "Joins a cloud with the token of 'yado host join-token --simulator', read from standard input.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class JoinCommand implements Callable<Integer> {
    private static final int LONGEST_TOKEN = 200;

    @Option(names = "--controller", required = true, paramLabel = "URL", description = "Its address for hosts.")
    private URI controller = URI.create("");

    @Option(names = "--ca-hash", required = true, paramLabel = "sha256:HEX", description = "Of the controller's CA.")
    private String caHash = "";

    @Option(names = "--state", required = true, paramLabel = "DIR", description = "Keeps who the hosts are.")
    private Path state = Path.of("");

    @Option(
            names = "--name",
            defaultValue = "simulator",
            paramLabel = "NAME",
            description = "Default: ${DEFAULT-VALUE}.")
    private String name = "";

    @Override
    public Integer call() {
        try {
            String token = new String(System.in.readNBytes(LONGEST_TOKEN), StandardCharsets.US_ASCII).strip();
            Machine simulator =
                    new Machine(Machine.Role.SIMULATOR, Identity.open(state).root());
            IdentityFile.in(state)
                    .write(Joining.join(controller, token, new CaHash(caHash), simulator, name)
                            .identity());
            return 0;
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("simulator: " + e.getMessage());
            return 1;
        }
    }
}
