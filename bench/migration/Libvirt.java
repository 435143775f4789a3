import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The peer: two libvirtd, each with files, processes and a network of its own, which {@code bench/migration/run} has started. */
final class Libvirt {
    private static final Pattern PROCESSED = Pattern.compile("Memory processed: +([0-9.]+) (B|KiB|MiB|GiB)");

    private final Path work;

    Libvirt(Path work) {
        this.work = work;
    }

    private Path files(int host) {
        return work.resolve("libvirt-" + host + "/run/guest");
    }

    private String uri(int host) {
        return "qemu+unix:///system?socket=" + work.resolve("libvirt-" + host + "/run/libvirt/libvirt-sock");
    }

    private Process virsh(int host, Path output, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of("virsh", "-q", "-c", uri(host)));
        command.addAll(List.of(words));
        return new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    private String complete(int host, String... words) throws Exception {
        Path output = Files.createTempFile(work, "virsh", ".out");
        Process process = virsh(host, output, words);
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("virsh " + String.join(" ", words) + " failed: " + Files.readString(output));
        }
        String said = Files.readString(output);
        Files.delete(output);
        return said;
    }

    /** @param patience a move that has not ended by then is broken off: {@code virsh migrate} itself would go on for ever */
    Peer start(String name, Map<String, String> values, double periodMs, Duration patience) throws Exception {
        String xml = Files.readString(Path.of(System.getenv("YADO_ROOT"), "bench/migration/guest.xml")).replace("@NAME@", name);
        for (Map.Entry<String, String> value : values.entrySet()) {
            xml = xml.replace("@" + value.getKey() + "@", value.getValue());
        }
        complete(1, "define", Files.writeString(work.resolve(name + ".xml"), xml).toString());
        Beacon beacon = new Beacon(
                List.of(files(1).resolve(name + ".serial1.log"), files(2).resolve(name + ".serial1.log")), periodMs);
        complete(1, "start", name);
        return new Peer(name, beacon, patience);
    }

    final class Peer implements Guest {
        private final String name;
        private final Beacon beacon;
        private final Duration patience;
        private int host = 1;

        private Peer(String name, Beacon beacon, Duration patience) {
            this.name = name;
            this.beacon = beacon;
            this.patience = patience;
        }

        Path console() {
            return files(host).resolve(name + ".serial0.log");
        }

        @Override
        public Beacon beacon() {
            return beacon;
        }

        @Override
        public String run(String command, Duration patience) throws Exception {
            return Shell.run(files(host).resolve(name + ".serial0"), command, patience);
        }

        @Override
        public Moved move() throws Exception {
            int other = 3 - host;
            Path output = work.resolve(name + ".migrate.out");
            long from = System.nanoTime();
            // --unsafe only says that the disk is the same file on both sides, which libvirt cannot see here.
            Process migrate = virsh(host, output, "migrate", "--live", "--unsafe", name, uri(other), "--migrateuri", "tcp://10.211.0." + other);
            if (!migrate.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                complete(host, "domjobabort", name);
                migrate.waitFor(60, TimeUnit.SECONDS);
                return new Moved(from, System.nanoTime(), false, 0, null, Map.of());
            }
            long to = System.nanoTime();
            if (migrate.exitValue() != 0) {
                throw new IOException("virsh migrate failed: " + Files.readString(output));
            }
            host = other;
            return new Moved(from, to, true, bytes(complete(host, "domjobinfo", "--completed", name)), null, Map.of());
        }

        void end() throws Exception {
            complete(host, "destroy", name);
            beacon.close();
        }
    }

    private static double bytes(String jobInfo) {
        Matcher words = PROCESSED.matcher(jobInfo);
        if (!words.find()) {
            return 0;
        }
        int power = List.of("B", "KiB", "MiB", "GiB").indexOf(words.group(2));
        return Double.parseDouble(words.group(1)) * Math.pow(1024, power);
    }
}
