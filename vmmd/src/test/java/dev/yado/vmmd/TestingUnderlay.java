package dev.yado.vmmd;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.kernel.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A network namespace that stands for what lies between hosts: no packet of a test leaves it. */
final class TestingUnderlay implements AutoCloseable {
    static final String ADDRESS = "192.168.100.1";

    private final Path file;
    private final String address;

    private TestingUnderlay(Path file, String address) {
        this.file = file;
        this.address = address;
    }

    static TestingUnderlay make() throws IOException {
        return make(ADDRESS);
    }

    /** Of another host, whose packets reach this one's. */
    TestingUnderlay makeBeside(String other) throws IOException {
        TestingUnderlay underlay = make(other);
        inside(
                file,
                "ip",
                "link",
                "add",
                "out",
                "type",
                "veth",
                "peer",
                "name",
                "out",
                "netns",
                underlay.file.toString());
        for (Path each : List.of(file, underlay.file)) {
            inside(each, "ip", "link", "set", "out", "mtu", "1600", "master", "eth0", "up");
        }
        return underlay;
    }

    private static TestingUnderlay make(String address) throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "networks need root");
        TestingUnderlay underlay =
                new TestingUnderlay(Files.createTempDirectory("yado-underlay-").resolve("netns"), address);
        NetworkNamespace.create(underlay.file).close();
        inside(underlay.file, "ip", "link", "add", "eth0", "mtu", "1600", "type", "bridge");
        inside(underlay.file, "ip", "address", "add", address + "/24", "dev", "eth0");
        inside(underlay.file, "ip", "link", "set", "eth0", "up");
        return underlay;
    }

    /** With them a daemon carries networks. */
    String[] options(String... more) {
        List<String> options =
                new ArrayList<>(List.of("--underlay-netns", file.toString(), "--underlay-address", address));
        options.addAll(List.of(more));
        return options.toArray(String[]::new);
    }

    /** Runs a command in a network namespace; gives what it said. */
    static String inside(Path namespace, String... command) throws IOException {
        List<String> words = new ArrayList<>(List.of("nsenter", "--net=" + namespace, "--"));
        words.addAll(List.of(command));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(words + ": " + said);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return said;
    }

    /** Network namespaces that files below the directory name. */
    static List<Path> namespacesBelow(Path directory) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .map(line -> line.split(" "))
                .filter(fields -> List.of(fields).contains("nsfs"))
                .map(fields -> Path.of(fields[4]))
                .filter(file -> file.startsWith(directory))
                .toList();
    }

    /** Processes with the directory in their arguments that are no QEMU: what serves the networks. */
    static List<ProcessHandle> servantsBelow(Path directory) throws IOException {
        List<ProcessHandle> found = new ArrayList<>();
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            for (ProcessHandle process : (Iterable<ProcessHandle>) all::iterator) {
                Path commandLine = Path.of("/proc", Long.toString(process.pid()), "cmdline");
                try {
                    String words = new String(Files.readAllBytes(commandLine), StandardCharsets.UTF_8);
                    if (words.contains("dnsmasq") && words.contains(directory + "/")) {
                        found.add(process);
                    }
                } catch (IOException e) {
                    // It has ended meanwhile.
                }
            }
        }
        return found;
    }

    /** What a reboot of the machine does to a host's networks. */
    static void loseNetworks(Path state) throws IOException {
        for (ProcessHandle servant : servantsBelow(state)) {
            servant.destroyForcibly();
            servant.onExit().join();
        }
        for (Path namespace : namespacesBelow(state)) {
            NetworkNamespace.forget(namespace);
        }
    }

    @Override
    public void close() throws IOException {
        NetworkNamespace.forget(file);
        Files.delete(file.getParent());
    }
}
