package dev.yado.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What the kernel holds for a cloud: descriptors and threads of its services, processes, networks of its hosts, control groups. */
record KernelFootprint(Cloud cloud) {
    /** Of /proc/net/tcp: those that are nobody's any more are only waited out. */
    private static final Map<String, String> TCP_STATES = Map.of("0A", "listening", "01", "connected");

    void into(Footprint found) throws IOException, InterruptedException {
        List<String> services = services();
        Map<String, String> sockets = sockets(services);
        for (String service : services) {
            descriptors(service, cloud.service(service).pid(), sockets, found);
        }
        processes(found);
        for (String service : services) {
            if (Files.exists(namespace(service))) {
                network(service, found);
            }
        }
        controlGroups(found);
    }

    private List<String> services() throws IOException {
        try (Stream<Path> files = Files.list(cloud.state().resolve("run"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".pid"))
                    .map(name -> name.substring(0, name.length() - ".pid".length()))
                    .sorted()
                    .toList();
        }
    }

    private Path namespace(String service) {
        return cloud.state().resolve("fabric").resolve(service);
    }

    private void descriptors(String service, long pid, Map<String, String> sockets, Footprint found)
            throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            for (Path each : open.toList()) {
                String what;
                try {
                    what = Files.readSymbolicLink(each).toString();
                } catch (IOException closed) {
                    continue;
                }
                if (what.startsWith("socket:[")) {
                    String kind = sockets.getOrDefault(what.substring(8, what.length() - 1), "socket of another kind");
                    String of = service + " open: " + kind;
                    if (kind.endsWith("listening")) {
                        found.steady(of);
                    } else {
                        found.restless(of);
                    }
                } else {
                    found.steady(service + " open: " + Footprint.kind(inState(what)));
                }
            }
        }
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            threads.forEach(_ -> found.restless(service + " threads"));
        }
    }

    private String inState(String path) {
        return path.replace(cloud.state() + "/", "");
    }

    /** By inode, of this namespace and those of the hosts. */
    private Map<String, String> sockets(List<String> services) throws IOException, InterruptedException {
        Map<String, String> kinds = new HashMap<>();
        List<List<String>> into = new ArrayList<>();
        into.add(List.of());
        services.stream()
                .map(this::namespace)
                .filter(Files::exists)
                .forEach(namespace -> into.add(List.of("nsenter", "--net=" + namespace, "--")));
        for (List<String> way : into) {
            for (String table : List.of("tcp", "tcp6", "udp", "udp6", "unix", "netlink", "packet")) {
                for (String line : lines(way, "cat", "/proc/net/" + table)) {
                    socket(table, line.strip().split("\\s+"), kinds);
                }
            }
        }
        return kinds;
    }

    private static void socket(String table, String[] words, Map<String, String> kinds) {
        switch (table) {
            case "tcp", "tcp6" ->
                put(
                        words,
                        9,
                        table + " " + (words.length > 3 ? TCP_STATES.getOrDefault(words[3], "ending") : ""),
                        kinds);
            case "udp", "udp6", "netlink" -> put(words, 9, table, kinds);
            case "unix" -> put(words, 6, words.length > 7 ? "unix listening" : "unix", kinds);
            default -> put(words, 8, table, kinds);
        }
    }

    private static void put(String[] words, int inode, String kind, Map<String, String> kinds) {
        if (words.length > inode) {
            kinds.put(words[inode], kind);
        }
    }

    /** PostgreSQL's own are left out: their number is that of the controller's connections. */
    private void processes(Footprint found) throws IOException {
        TreeSet<String> namespaces = new TreeSet<>();
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            Path proc = Path.of("/proc/" + process.pid());
            try {
                String place = proc.resolve("cwd").toRealPath() + " "
                        + Files.readString(proc.resolve("cmdline")).replace('\0', ' ');
                String name = Files.readString(proc.resolve("comm")).strip();
                if (place.contains(cloud.state().toString()) && !name.equals("postgres")) {
                    found.steady("processes of " + name);
                    namespaces.add(
                            Files.readSymbolicLink(proc.resolve("ns/net")).toString());
                }
            } catch (IOException gone) {
                // It has ended since.
            }
        }
        namespaces.forEach(_ -> found.steady("network namespaces with processes"));
        for (String mount : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            if (mount.contains(cloud.state() + "/")) {
                found.steady("mounts of " + Footprint.kind(inState(mount.split(" ")[4])));
            }
        }
    }

    private void network(String host, Footprint found) throws IOException, InterruptedException {
        List<String> way = List.of("nsenter", "--net=" + namespace(host), "--");
        for (String line : lines(way, "ip", "-o", "link")) {
            // 7: yt0a1b@if6: <...> ... of whatever name
            found.steady(host + " links of " + (line.contains("master") ? "some bridge" : "no bridge"));
        }
        for (String line : lines(way, "bridge", "fdb")) {
            learned(line.contains("permanent") || line.contains("static"), host + " forwarding entries", found);
        }
        for (String line : lines(way, "ip", "neighbour", "show", "nud", "all")) {
            learned(line.contains("PERMANENT") || line.contains("NOARP"), host + " neighbours", found);
        }
        counted(way, host + " routes", found, "ip", "route", "show", "table", "all");
        counted(way, host + " IPv6 routes", found, "ip", "-6", "route", "show", "table", "all");
        counted(way, host + " routing rules", found, "ip", "rule");
        counted(way, host + " traffic control", found, "tc", "qdisc");
        for (String line : lines(way, "nft", "list", "ruleset")) {
            found.steady(host + " lines of firewall");
            if (line.contains("elements")) {
                found.steady()
                        .merge(
                                host + " elements of firewall sets",
                                line.chars().filter(c -> c == ',').count() + 1,
                                Long::sum);
            }
        }
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6")) {
            for (String line : lines(way, "cat", table)) {
                String[] words = line.strip().split("\\s+");
                if (words.length > 3 && !TCP_STATES.containsKey(words[3]) && table.contains("tcp")) {
                    continue;
                }
                learned(!words[3].equals("01"), host + " sockets of " + table + " in its namespace", found);
            }
        }
    }

    private static void learned(boolean steady, String kind, Footprint found) {
        if (steady) {
            found.steady(kind);
        } else {
            found.restless(kind + ", learned or connected");
        }
    }

    private static void counted(List<String> way, String kind, Footprint found, String... command)
            throws IOException, InterruptedException {
        lines(way, command).forEach(_ -> found.steady(kind));
    }

    /** Of this cloud's VMs: other clouds of the machine have theirs. */
    private void controlGroups(Footprint found) throws IOException {
        Set<String> vms = new HashSet<>();
        cloud.admin()
                .get("/v1/vms?limit=1000")
                .get("items")
                .forEach(vm -> vms.add(vm.get("id").asString()));
        Path groups = Path.of("/sys/fs/cgroup");
        if (!Files.isDirectory(groups)) {
            return;
        }
        try (Stream<Path> all = Files.find(groups, 6, (_, facts) -> facts.isDirectory())) {
            all.filter(path -> vms.contains(path.getFileName().toString()))
                    .forEach(path -> found.steady("control groups " + Footprint.kind(path.toString())));
        }
    }

    private static List<String> lines(List<String> way, String... command) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(way);
        words.addAll(List.of(command));
        Process process = new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said.lines().filter(line -> !line.isBlank()).toList();
    }
}
