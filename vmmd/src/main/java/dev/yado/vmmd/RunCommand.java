package dev.yado.vmmd;

import dev.yado.protocol.HostOptions;
import dev.yado.protocol.address.Ip;
import dev.yado.storage.repository.RepositoryPlace;
import dev.yado.vmmd.store.GivenOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the daemon until it is told to end. Guests live on. */
@Command(name = "run", description = "Runs the daemon (default).", mixinStandardHelpOptions = true, sortOptions = false)
final class RunCommand implements Callable<Integer> {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    @Option(
            names = "--state",
            required = true,
            paramLabel = "DIR",
            description = "What this daemon owns; of a host that has joined.")
    private Path state = Path.of("");

    @Option(
            names = "--listen",
            defaultValue = "127.0.0.1:0",
            paramLabel = "HOST:PORT",
            description = "Default: ${DEFAULT-VALUE}. Port 0 takes any; DIR/address has the real one.")
    private String listen = "";

    @Option(
            names = "--controller",
            split = ",",
            paramLabel = "URL",
            description = "Replicas of the controller: their addresses for hosts, https://...")
    private List<URI> controllers = List.of();

    @Option(
            names = "--qemu-user",
            paramLabel = "USER|UID:GID",
            description = "Whom QEMU runs as; needs root. Default: the daemon's user.")
    private @Nullable String qemuUser;

    @Option(
            names = "--qemu",
            defaultValue = "qemu-system-x86_64",
            paramLabel = "PATH",
            description = "Default: ${DEFAULT-VALUE}.")
    private Path qemu = Path.of("");

    @Option(names = "--advertise", paramLabel = "URL", description = "Where the controller reaches this daemon.")
    private @Nullable URI advertise;

    @Option(
            names = "--stream-address",
            paramLabel = "IP",
            description =
                    "Where memory and disks of guests come in from other hosts. Default: the address of --listen, or"
                            + " of --advertise.")
    private @Nullable InetAddress streams;

    @Option(
            names = "--metrics",
            paramLabel = "[HOST:]PORT",
            description = "Tells /metrics, /health and /ready there over plain HTTP; HOST is 127.0.0.1 unless given."
                    + " Default: nowhere.")
    private @Nullable String metrics;

    @Option(
            names = "--inventory-seconds",
            defaultValue = "${env:YADO_INVENTORY_SECONDS:-20}",
            paramLabel = "N",
            description = "Between two looks at what is really on this host. Default: 20.")
    private int inventorySeconds = 20;

    @Option(
            names = "--underlay-address",
            paramLabel = "IP",
            description =
                    "Where other hosts send tunnelled packets of this one. Default: the first of --underlay-device.")
    private @Nullable String underlayAddress;

    @Option(
            names = "--underlay-device",
            paramLabel = "NAME",
            description = "The interface towards the other hosts. Default: the one with --underlay-address.")
    private @Nullable String underlayDevice;

    @Option(
            names = "--underlay-netns",
            paramLabel = "FILE",
            description = "The network namespace where that interface and the bridges are. Default: the daemon's own.")
    private @Nullable Path underlayNetns;

    @Option(
            names = "--provider",
            paramLabel = "NAME=BRIDGE",
            description = "A provider network and the bridge that leads to it; repeatable.")
    private Map<String, String> providers = Map.of();

    @Option(names = "--no-networks", description = "Carry no networks: VMs with cards are not placed here.")
    private boolean noNetworks;

    @Option(
            names = "--shared-pool",
            paramLabel = "NAME=DIR",
            description = "A pool that other hosts see as well (NFS, CephFS, ...) and where it is mounted; repeatable.")
    private Map<String, Path> sharedPools = Map.of();

    @Option(
            names = "--repository",
            paramLabel = "NAME=DIR|s3:FILE",
            description = {
                "A repository of backups and where it is; repeatable. A directory of a file system that outlives this host,",
                "or a file, readable by its owner alone, of lines endpoint=, bucket=, access-key=, secret-key=, prefix=."
            })
    private Map<String, String> repositories = Map.of();

    @Option(
            names = "--repository-keys",
            paramLabel = "NAME=FILE",
            description = {
                "The keys of tenants of that repository, which is encrypted then; repeatable. Lines of a tenant's id, or *",
                "for all that have no line, and 64 hexadecimal digits."
            })
    private Map<String, Path> repositoryKeys = Map.of();

    @Option(
            names = "--backup-jobs",
            paramLabel = "N",
            description = "Backups that are taken beside one another on this host; more of them wait. Default: 2.")
    private @Nullable Integer backupJobs;

    @Override
    public Integer call() throws InterruptedException {
        try (Daemon daemon = Daemon.start(options())) {
            CountDownLatch told = new CountDownLatch(1);
            CountDownLatch ended = new CountDownLatch(1);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                told.countDown();
                try {
                    ended.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
            System.out.println("ready " + daemon.url());
            told.await();
            daemon.close();
            ended.countDown();
            return 0;
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("vmmd: " + e.getMessage());
            return 1;
        }
    }

    /** Each of the host's own that is not given is as the host was that it has replaced. */
    DaemonOptions options() throws IOException {
        GivenOptions file = GivenOptions.in(state);
        HostOptions given = file.read().orElse(HostOptions.DEFAULT);
        return new DaemonOptions(
                state,
                address("--listen", listen),
                controllers,
                Optional.ofNullable(qemuUser),
                qemu,
                Optional.ofNullable(advertise),
                Optional.ofNullable(streams),
                metrics == null
                        ? Optional.empty()
                        : Optional.of(address("--metrics", metrics.contains(":") ? metrics : "127.0.0.1:" + metrics)),
                Duration.ofSeconds(Math.max(1, inventorySeconds)),
                networks(given),
                named("--shared-pool", sharedPools.isEmpty() ? paths(given.sharedPools()) : sharedPools),
                repositories.isEmpty() && repositoryKeys.isEmpty()
                        ? places(given.repositories(), paths(given.repositoryKeys()))
                        : places(repositories, repositoryKeys),
                Math.max(1, backupJobs == null ? given.backupJobs() : backupJobs));
    }

    private NetworkOptions networks(HostOptions given) {
        boolean told = underlayAddress != null || underlayDevice != null || !providers.isEmpty();
        boolean off = noNetworks || (!told && !given.networks());
        // An address is the machine's, and says itself which device it is of.
        String device = underlayDevice != null || underlayAddress != null ? underlayDevice : given.underlayDevice();
        return new NetworkOptions(
                off,
                Optional.ofNullable(underlayAddress).map(Ip::parse),
                off ? Optional.empty() : Optional.ofNullable(device),
                Optional.ofNullable(underlayNetns),
                off ? Map.of() : providers.isEmpty() ? given.providers() : providers);
    }

    private static Map<String, Path> paths(Map<String, String> texts) {
        Map<String, Path> paths = new HashMap<>();
        texts.forEach((name, text) -> paths.put(name, Path.of(text)));
        return paths;
    }

    private static Map<String, RepositoryPlace> places(Map<String, String> repositories, Map<String, Path> keys) {
        Map<String, RepositoryPlace> places = new HashMap<>();
        repositories.forEach((name, place) -> {
            named("--repository", Map.of(name, Path.of(place)));
            places.put(name, new RepositoryPlace(place, keys.get(name)));
        });
        for (String name : keys.keySet()) {
            if (!places.containsKey(name)) {
                throw new IllegalArgumentException("--repository-keys names " + name + ", which no --repository has");
            }
        }
        return places;
    }

    private static Map<String, Path> named(String option, Map<String, Path> directories) {
        directories.forEach((name, directory) -> {
            if (!NAME.matcher(name).matches() || directory.toString().isBlank()) {
                throw new IllegalArgumentException(option + " is NAME=DIR with a name of up to 63 lower-case letters,"
                        + " digits and hyphens, not " + name + "=" + directory);
            }
        });
        return directories;
    }

    private static InetSocketAddress address(String option, String text) throws IOException {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || !text.substring(colon + 1).matches("\\d{1,5}")) {
            throw new IllegalArgumentException(option + " is HOST:PORT, not " + text);
        }
        String host = text.substring(0, colon).replaceAll("^\\[|]$", "");
        return new InetSocketAddress(InetAddress.getByName(host), Integer.parseInt(text.substring(colon + 1)));
    }
}
