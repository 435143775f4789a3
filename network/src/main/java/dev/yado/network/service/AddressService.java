package dev.yado.network.service;

import dev.yado.kernel.PidFd;
import dev.yado.kernel.ProcFs;
import dev.yado.kernel.ProcessGoneException;
import dev.yado.kernel.ProcessIdentity;
import dev.yado.kernel.ProcessInfo;
import dev.yado.kernel.ProcessWatcher;
import dev.yado.network.Difference;
import dev.yado.network.linux.Ground;
import dev.yado.network.linux.Links;
import dev.yado.network.linux.NetworkPart;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * DHCP, router advertisements and names of each network: one dnsmasq in its namespace, which lends what the leases file says and
 * remembers nothing. The process outlives this one; it is found again by its pid file, command line and namespace.
 */
public final class AddressService implements NetworkPart {
    private static final String WHAT = "the DHCP and DNS service";
    private static final Duration START = Duration.ofSeconds(10);
    private static final Duration READ_AGAIN = Duration.ofSeconds(5);
    private static final Duration A_LOOK = Duration.ofMillis(200);
    private static final Duration END = Duration.ofSeconds(2);
    private static final int SIGHUP = 1;
    private static final int SIGKILL = 9;
    private static final int SIGTERM = 15;
    private static final long LOG_BYTES = 1 << 20;
    /** Which station each address was lent to since the process was started: it keeps a lease though the card is gone. */
    private static final String LENT = "lent";

    private final ProcessWatcher watcher;
    private final Path dnsmasq;
    private final String user;
    private final ProcFs proc = ProcFs.ofHost();

    /** @param user that dnsmasq becomes; it must be able to read what is below the networks' directories */
    public AddressService(ProcessWatcher watcher, Path dnsmasq, String user) {
        this.watcher = watcher;
        this.dnsmasq = dnsmasq;
        this.user = user;
    }

    /** The dnsmasq of this machine; empty where there is none. */
    public static Optional<Path> find() {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("") + ":/usr/local/sbin:/usr/sbin:/sbin";
        return Arrays.stream(path.split(":"))
                .filter(directory -> directory.startsWith("/"))
                .map(directory -> Path.of(directory, "dnsmasq"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    @Override
    public List<Difference> apply(Ground ground, HostNetwork network) throws IOException {
        List<Difference> changes = differences(ground, network);
        if (changes.isEmpty()) {
            return changes;
        }
        Path directory = directory(ground);
        DnsmasqFiles wanted = wanted(ground, network);
        Optional<Ip> markAt = wanted.markAt();
        if (markAt.isEmpty()) {
            remove(network.id(), ground);
            return changes;
        }
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Map<String, String> lent = lent(directory);
        boolean anew = !read(directory.resolve(DnsmasqFiles.CONFIGURATION)).equals(wanted.configuration())
                || network.ports().stream().anyMatch(port -> lentToAnother(lent, port));
        for (Map.Entry<String, String> table : wanted.tables().entrySet()) {
            write(directory.resolve(table.getKey()), table.getValue());
        }
        Optional<ProcessIdentity> running = running(ground);
        if (running.isPresent() && anew) {
            end(running.get());
            running = Optional.empty();
        }
        write(directory.resolve(DnsmasqFiles.CONFIGURATION), wanted.configuration());
        if (running.isPresent()) {
            remember(directory, lent, network);
            readAgain(running.get(), directory);
        } else {
            remember(directory, new HashMap<>(), network);
            start(ground);
        }
        if (!DnsQuestion.known(ground.namespace(), markAt.get(), wanted.mark(), READ_AGAIN)) {
            throw new IOException(WHAT + " runs but does not answer at " + markAt.get()
                    + " with the newest names; its log ends: " + logEnd(directory));
        }
        return changes;
    }

    @Override
    public List<Difference> differences(Ground ground, HostNetwork network) throws IOException {
        DnsmasqFiles wanted = wanted(ground, network);
        Optional<ProcessIdentity> running = running(ground);
        Optional<Ip> markAt = wanted.markAt();
        if (markAt.isEmpty()) {
            return running.isPresent() ? List.of(Difference.foreign(WHAT)) : List.of();
        }
        if (running.isEmpty()) {
            return List.of(Difference.missing(WHAT + " (dnsmasq)"));
        }
        Path directory = directory(ground);
        List<Difference> differences = new ArrayList<>();
        if (!read(directory.resolve(DnsmasqFiles.CONFIGURATION)).equals(wanted.configuration())) {
            differences.add(Difference.changed("the subnets of " + WHAT));
        }
        for (Map.Entry<String, String> table : wanted.tables().entrySet()) {
            if (!read(directory.resolve(table.getKey())).equals(table.getValue())) {
                differences.add(Difference.changed("the " + table.getKey() + " of " + WHAT));
            }
        }
        if (differences.isEmpty() && !DnsQuestion.known(ground.namespace(), markAt.get(), wanted.mark(), A_LOOK)) {
            differences.add(Difference.changed("what " + WHAT + " has read"));
        }
        return differences;
    }

    /** Its card may come at any time: leases are of the network's ports, wherever they are. */
    @Override
    public void plug(Ground ground, HostNetwork network, Port port, String device) {}

    @Override
    public void remove(NetworkId network, Ground ground) throws IOException {
        Optional<ProcessIdentity> running = running(ground);
        if (running.isPresent()) {
            end(running.get());
        }
        Path directory = directory(ground);
        if (Files.isDirectory(directory)) {
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    Files.deleteIfExists(file);
                }
            }
            Files.deleteIfExists(directory);
        }
    }

    private static Path directory(Ground ground) {
        return ground.directory().resolve("dnsmasq");
    }

    private DnsmasqFiles wanted(Ground ground, HostNetwork network) {
        return DnsmasqFiles.of(network, directory(ground), user, Links.BRIDGE);
    }

    private static List<String> arguments(Path directory) {
        return List.of("--conf-file=" + directory.resolve(DnsmasqFiles.CONFIGURATION));
    }

    /** The process of this network, if it lives: a pid file may name one that has nothing to do with us. */
    private Optional<ProcessIdentity> running(Ground ground) throws IOException {
        Path directory = directory(ground);
        String pid = read(directory.resolve(DnsmasqFiles.PID)).strip();
        if (!pid.matches("\\d{1,10}")) {
            return Optional.empty();
        }
        Optional<ProcessInfo> process = proc.process(Long.parseLong(pid));
        if (process.isEmpty()
                || process.get().zombie()
                || !process.get().commandLine().containsAll(arguments(directory))
                || !ground.namespace().hasName(Path.of("/proc", pid, "ns", "net"))) {
            return Optional.empty();
        }
        return Optional.of(
                new ProcessIdentity(Long.parseLong(pid), process.get().startTicks(), proc.bootId()));
    }

    /** It detaches itself when all its sockets are open; until then its words come to us. */
    private void start(Ground ground) throws IOException {
        Path directory = directory(ground);
        Files.deleteIfExists(directory.resolve(DnsmasqFiles.PID));
        Files.deleteIfExists(directory.resolve(DnsmasqFiles.LOG));
        List<String> command = new ArrayList<>(List.of(dnsmasq.toString()));
        command.addAll(arguments(directory));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("start").toFile());
        Process process = ground.namespace().call(builder::start);
        try {
            if (!process.waitFor(START.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new IOException(WHAT + " did not start within " + START.toSeconds() + " s");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + WHAT + " was starting", e);
        }
        if (process.exitValue() != 0) {
            throw new IOException(WHAT + " does not start: "
                    + read(directory.resolve("start")).strip());
        }
    }

    private void readAgain(ProcessIdentity process, Path directory) throws IOException {
        Path log = directory.resolve(DnsmasqFiles.LOG);
        if (Files.exists(log) && Files.size(log) > LOG_BYTES) {
            try (var file = Files.newByteChannel(log, java.nio.file.StandardOpenOption.WRITE)) {
                file.truncate(0);
            }
        }
        try (PidFd held = watcher.open(process)) {
            held.signal(SIGHUP);
        }
    }

    private void end(ProcessIdentity process) throws IOException {
        try (PidFd held = watcher.open(process)) {
            held.signal(SIGTERM);
            if (!held.await(END)) {
                held.signal(SIGKILL);
                held.await();
            }
        } catch (ProcessGoneException e) {
            // It has ended by itself.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + WHAT + " was ending", e);
        }
    }

    private static boolean lentToAnother(Map<String, String> lent, Port port) {
        return port.addresses().stream().anyMatch(address -> {
            String station = lent.get(address.toString());
            return station != null && !station.equals(port.mac().text());
        });
    }

    private static Map<String, String> lent(Path directory) throws IOException {
        Map<String, String> stations = new HashMap<>();
        read(directory.resolve(LENT))
                .lines()
                .map(line -> line.split(" "))
                .forEach(pair -> stations.put(pair[0], pair[1]));
        return stations;
    }

    private static void remember(Path directory, Map<String, String> lent, HostNetwork network) throws IOException {
        for (Port port : network.ports()) {
            port.addresses()
                    .forEach(address -> lent.put(address.toString(), port.mac().text()));
        }
        StringBuilder lines = new StringBuilder();
        lent.forEach((address, station) ->
                lines.append(address).append(' ').append(station).append('\n'));
        write(directory.resolve(LENT), lines.toString());
    }

    private static String read(Path file) throws IOException {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    private static void write(Path file, String content) throws IOException {
        AtomicFile.write(file, content.getBytes(StandardCharsets.UTF_8), "rw-r--r--");
    }

    private static String logEnd(Path directory) throws IOException {
        List<String> lines = read(directory.resolve(DnsmasqFiles.LOG)).lines().toList();
        return String.join("; ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
    }
}
