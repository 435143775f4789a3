package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What hosts say to each other, as packets that can be dropped: all between hosts, or all to and from one host. The kernel knows by the
 * sender's control group which host a packet is of, since all hosts of a cloud speak on the loopback interface; nobody else's packets
 * are looked at. Closed, it leaves nothing.
 */
final class LossyWire implements AutoCloseable {
    /** A connection is between hosts once both its ends have been seen to be of one. */
    private static final int FROM_ASKING_HOST = 1 << 16;

    private static final int FROM_ANSWERING_HOST = 1 << 17;
    private static final int BETWEEN_HOSTS = FROM_ASKING_HOST | FROM_ANSWERING_HOST;
    /** Of control groups: the process id makes them differ from those of others. */
    private static final int FIRST_CLASS = (int) (ProcessHandle.current().pid() & 0x7fff) << 16 | 0x100;

    private final Cloud cloud;
    private final String table = "yado_e2e_" + ProcessHandle.current().pid();
    private final Path groups;
    private final boolean mounted;

    LossyWire(Cloud cloud) {
        this.cloud = cloud;
        try {
            Optional<Path> there = netCls();
            mounted = there.isEmpty();
            groups = mounted ? Files.createTempDirectory("yado-net-cls-") : there.orElseThrow();
            if (mounted) {
                run("", "mount", "-t", "cgroup", "-o", "net_cls", "none", groups.toString());
            }
            for (int host = 1; host <= Cloud.HOSTS; host++) {
                Files.createDirectories(group(host));
                Files.writeString(group(host).resolve("net_cls.classid"), Integer.toString(FIRST_CLASS + host));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        run(rules(), "nft", "-f", "-");
        knowAllProcesses();
    }

    /** Why packets cannot be told apart on this machine; empty when they can. */
    static Optional<String> obstacle() {
        try {
            if (!System.getProperty("user.name").equals("root")) {
                return Optional.of("only root can drop packets");
            }
            return Files.readString(Path.of("/proc/cgroups")).contains("net_cls\t")
                    ? Optional.empty()
                    : Optional.of("this kernel has no control groups of network classes (net_cls)");
        } catch (IOException e) {
            return Optional.of("this kernel has no control groups: " + e.getMessage());
        }
    }

    private static Optional<Path> netCls() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                .map(line -> line.split(" "))
                .filter(mount -> mount[2].equals("cgroup")
                        && List.of(mount[3].split(",")).contains("net_cls"))
                .map(mount -> Path.of(mount[1]))
                .findFirst();
    }

    private Path group(int host) {
        return groups.resolve(table + "_host-" + host);
    }

    private String rules() {
        StringBuilder marks = new StringBuilder();
        for (int host = 1; host <= Cloud.HOSTS; host++) {
            String sender = "    meta cgroup " + (FIRST_CLASS + host) + " ";
            marks.append(sender)
                    .append("ct mark set ct mark or ")
                    .append(of(host))
                    .append('\n');
            marks.append(sender)
                    .append("ct direction original ct mark set ct mark or ")
                    .append(FROM_ASKING_HOST)
                    .append('\n');
            marks.append(sender)
                    .append("ct direction reply ct mark set ct mark or ")
                    .append(FROM_ANSWERING_HOST)
                    .append('\n');
        }
        return "table inet " + table + " {\n  chain marked {\n    type filter hook output priority 0\n" + marks
                + "  }\n  chain lost {\n    type filter hook input priority 0\n  }\n}\n";
    }

    private static int of(int host) {
        return 1 << host;
    }

    /** To be called after a daemon was started, before what it says is to be lost. */
    void knowAllProcesses() {
        for (int host = 1; host <= Cloud.HOSTS; host++) {
            String name = "host-" + host;
            long daemon = cloud.service(name).pid();
            Path procs = group(host).resolve("cgroup.procs");
            try (var processes = ProcessHandle.allProcesses()) {
                processes
                        .filter(process -> process.pid() == daemon || cloud.runsOn(process, name))
                        .forEach(process -> put(process.pid(), procs));
            }
        }
    }

    private static void put(long pid, Path procs) {
        try {
            Files.writeString(procs, Long.toString(pid));
        } catch (IOException gone) {
            // It has ended meanwhile.
        }
    }

    /** What hosts say to each other; the controller hears all of them. */
    void loseBetweenHosts() {
        lose("ct mark and " + BETWEEN_HOSTS + " == " + BETWEEN_HOSTS);
    }

    /** What this host says, and what is said to it, by whomever. */
    void loseAllOf(String host) {
        lose("ct mark and " + of(Integer.parseInt(host.substring("host-".length()))) + " != 0");
    }

    private void lose(String which) {
        run("add rule inet " + table + " lost " + which + " counter drop\n", "nft", "-f", "-");
    }

    /** @return how many packets were lost */
    long mend() {
        String lost = run("", "nft", "list", "chain", "inet", table, "lost");
        run("flush chain inet " + table + " lost\n", "nft", "-f", "-");
        var matcher = java.util.regex.Pattern.compile("packets (\\d+)").matcher(lost);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    private static String run(String input, String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as("%s: %s", List.of(command), said).isZero();
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        run("", "nft", "delete", "table", "inet", table);
        try {
            for (int host = 1; host <= Cloud.HOSTS; host++) {
                for (String pid : Files.readAllLines(group(host).resolve("cgroup.procs"))) {
                    put(Long.parseLong(pid), groups.resolve("cgroup.procs"));
                }
                Files.deleteIfExists(group(host));
            }
            if (mounted) {
                run("", "umount", groups.toString());
                Files.delete(groups);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
