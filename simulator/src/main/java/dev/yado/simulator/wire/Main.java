package dev.yado.simulator.wire;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.HostId;
import dev.yado.protocol.trust.IdentityFile;
import dev.yado.protocol.trust.MachineTls;
import dev.yado.protocol.trust.Renewal;
import dev.yado.simulator.Faults;
import dev.yado.simulator.HostPlan;
import dev.yado.simulator.Neighbours;
import dev.yado.simulator.RunWitness;
import dev.yado.simulator.SeededFaults;
import dev.yado.simulator.SimulatedHost;
import dev.yado.simulator.SimulatedRepository;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Simulated hosts, until told to end. */
@Command(
        name = "simulator",
        description = "Runs simulated hosts: they take calls and report as hosts do, and run nothing.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        subcommands = JoinCommand.class)
public final class Main implements Callable<Integer> {
    @Option(names = "--hosts", defaultValue = "1", paramLabel = "N", description = "How many.")
    private int hosts;

    @Option(names = "--state", defaultValue = "simulator", paramLabel = "DIR", description = "Keeps who the hosts are.")
    private Path state = Path.of("");

    @Option(
            names = "--controller",
            defaultValue = "https://127.0.0.1:8421",
            split = ",",
            paramLabel = "URL",
            description = "Its replicas.")
    private List<URI> controllers = List.of();

    @Option(names = "--port", defaultValue = "0", paramLabel = "P", description = "On 127.0.0.1. Default: any.")
    private int port;

    @Option(names = "--cpus", defaultValue = "32", description = "Of each host. Default: ${DEFAULT-VALUE}.")
    private int cpus;

    @Option(names = "--memory-mib", defaultValue = "131072", description = "Of each host. Default: ${DEFAULT-VALUE}.")
    private int memoryMiB;

    @Option(names = "--heartbeat-ms", defaultValue = "5000", description = "Default: ${DEFAULT-VALUE}.")
    private long heartbeatMillis;

    @Option(names = "--faults", defaultValue = "0", description = "Chance that a message goes wrong, 0 to 1.")
    private double faults;

    @Option(names = "--seed", defaultValue = "1", description = "Decides which messages go wrong.")
    private long seed;

    public static void main(String[] arguments) {
        System.setProperty(
                "org.slf4j.simpleLogger.defaultLogLevel", System.getenv().getOrDefault("YADO_LOG_LEVEL", "info"));
        System.setProperty("sun.net.httpserver.nodelay", "true");
        // Every connection that the controller keeps open is kept.
        System.setProperty("sun.net.httpserver.maxIdleConnections", "2000");
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        IdentityFile file = IdentityFile.in(state);
        MachineTls tls = new MachineTls(file.read()
                .orElseThrow(
                        () -> new IOException("this simulator has not joined a cloud: see 'simulator join --help'")));
        Identity identity = Identity.open(state);
        RunWitness witness = new RunWitness();
        Neighbours neighbours = new Neighbours();
        SimulatedRepository repository = new SimulatedRepository("backups");
        try (Renewal _ = Renewal.start(file, tls, controllers, new CertificateLog());
                ControllerLink link = new ControllerLink(controllers, tls);
                FiguresServer measured = new FiguresServer(link::figures);
                HostServer server =
                        new HostServer(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), tls)) {
            server.start();
            for (int number = 1; number <= hosts; number++) {
                server.add(new SimulatedHost(
                        plan(number, identity, server, witness)
                                .withNeighbours(neighbours)
                                .withRepository(repository),
                        link));
            }
            Files.writeString(state.resolve("figures-address"), measured.url() + "\n");
            System.out.println("ready " + hosts + " simulated hosts");
            untilToldToEnd();
        }
        return 0;
    }

    /** Hosts take turns with their reports, so that a controller has as much to do at any time. */
    private HostPlan plan(int number, Identity identity, HostServer server, RunWitness witness) {
        HostId id = identity.host(number);
        Duration heartbeat = Duration.ofMillis(heartbeatMillis);
        Faults wrong = faults > 0 ? new SeededFaults(seed, number, faults, Duration.ofSeconds(2)) : Faults.NONE;
        return HostPlan.of("sim-%05d".formatted(number), cpus, memoryMiB, Accelerator.TCG)
                .withId(id)
                .withUrl(server.urlOf(id))
                .withHeartbeat(heartbeat, heartbeat.multipliedBy(number - 1).dividedBy(hosts))
                .withIncarnation(identity.incarnation())
                .withFaults(wrong)
                .withWitness(witness);
    }

    private static void untilToldToEnd() throws InterruptedException {
        CountDownLatch told = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(told::countDown));
        told.await();
    }
}
