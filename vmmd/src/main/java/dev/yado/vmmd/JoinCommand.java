package dev.yado.vmmd;

import dev.yado.protocol.HostId;
import dev.yado.protocol.HostOptions;
import dev.yado.protocol.trust.CaHash;
import dev.yado.protocol.trust.Identity;
import dev.yado.protocol.trust.IdentityFile;
import dev.yado.protocol.trust.Joining;
import dev.yado.protocol.trust.Machine;
import dev.yado.vmmd.store.GivenOptions;
import dev.yado.vmmd.store.StateDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes this machine a host of a cloud: makes a key, which stays here, and gets a certificate for it. */
@Command(
        name = "join",
        description = {
            "Makes this machine a host of a cloud. The administrator's 'yado host join-token' prints the whole command.",
            "A daemon that runs on the same state takes the new certificate over without a restart."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class JoinCommand implements Callable<Integer> {
    private static final int LONGEST_TOKEN = 200;

    @Option(
            names = "--controller",
            required = true,
            paramLabel = "URL",
            description = "The controller's address for hosts: https://HOST:PORT.")
    private URI controller = URI.create("");

    @Option(
            names = "--ca-hash",
            required = true,
            paramLabel = "sha256:HEX",
            description = "Of the controller's CA. A controller with another one gets nothing of this machine.")
    private String caHash = "";

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "Has the token; '-' is standard input. Arguments can be read by everybody on the machine.")
    private @Nullable String tokenFile;

    @Option(names = "--token", paramLabel = "TOKEN", description = "The token itself, where nobody else can look.")
    private @Nullable String token;

    @Option(names = "--state", required = true, paramLabel = "DIR", description = "Of the daemon; made when missing.")
    private Path state = Path.of("");

    @Option(names = "--name", paramLabel = "NAME", description = "Default: the host's name.")
    private @Nullable String name;

    @Option(
            names = "--renew",
            description = "This host has joined before: it keeps id, name and VMs and gets a new certificate.")
    private boolean renew;

    @Override
    public Integer call() {
        try {
            Joining.Joined joined = join();
            Identity identity = joined.identity();
            System.out.println("host " + identity.machine().id() + " has joined as " + identity.name()
                    + ", its certificate is valid until " + identity.expiresAt() + " and renews itself");
            HostOptions options = joined.options();
            if (options != null) {
                System.out.println(
                        "'vmmd run' has the options of the host that it replaces, where it is not given others ("
                                + GivenOptions.in(state).file() + "): " + String.join(" ", options.words()));
            }
            return 0;
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("vmmd: " + e.getMessage());
            return 1;
        }
    }

    private Joining.Joined join() throws IOException {
        CaHash hash = new CaHash(caHash);
        String secret = secret();
        IdentityFile file = IdentityFile.in(state);
        Optional<HostId> before = StateDirectory.knownHostId(state);
        if (renew && before.isEmpty()) {
            throw new IOException(state + " is of no host that has joined: join without --renew");
        }
        if (!renew && file.read().isPresent()) {
            throw new IOException(state + " is of a host that has joined already: --renew gets it a new certificate");
        }
        HostId id = StateDirectory.claimHostId(state);
        Joining.Joined joined = Joining.join(
                controller,
                secret,
                hash,
                new Machine(Machine.Role.HOST, id.value()),
                name == null ? InetAddress.getLocalHost().getHostName() : name);
        HostOptions options = joined.options();
        if (options != null) {
            GivenOptions.in(state).write(options);
        }
        file.write(joined.identity());
        return joined;
    }

    private String secret() throws IOException {
        if ((token == null) == (tokenFile == null)) {
            throw new IllegalArgumentException("join takes one of --token-file and --token");
        }
        if (token != null) {
            return token;
        }
        String text = tokenFile.equals("-")
                ? new String(System.in.readNBytes(LONGEST_TOKEN), StandardCharsets.US_ASCII)
                : Files.readString(Path.of(tokenFile), StandardCharsets.US_ASCII);
        return text.strip();
    }
}
