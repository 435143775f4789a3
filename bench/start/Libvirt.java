import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The peer: a libvirtd of our own, which {@code bench/start/libvirtd} has started in the directory. */
final class Libvirt implements AutoCloseable {
    private final Path directory;
    private final String uri;
    private final List<Session> sessions = new ArrayList<>();

    Libvirt(Path directory) {
        this.directory = directory;
        this.uri = "qemu+unix:///system?socket=" + directory.resolve("run/libvirt/libvirt-sock");
    }

    /** Defines a guest with a disk like Yado's: a copy-on-write layer over the image. */
    Domain define(String name, Path template, Path image, String machine, int vcpus, int memoryMib) throws Exception {
        Domain domain = new Domain(name, Files.createDirectory(directory.resolve(name)), UUID.randomUUID().toString());
        String disk = domain.files.resolve("disk.qcow2").toString();
        complete(List.of("qemu-img", "create", "-q", "-f", "qcow2", "-b", image.toString(), "-F", "raw", disk, "1G"));
        complete(List.of("chmod", "o+rwx", domain.files.toString()));
        String xml = Files.readString(template);
        Map<String, String> values = Map.of(
                "NAME", name, "UUID", domain.uuid, "MACHINE", machine, "VCPUS", "" + vcpus, "MEMORY", "" + memoryMib,
                "DIR", domain.files.toString());
        for (Map.Entry<String, String> value : values.entrySet()) {
            xml = xml.replace("@" + value.getKey() + "@", value.getValue());
        }
        complete(virsh("define", Files.writeString(domain.files.resolve("domain.xml"), xml).toString()));
        return domain;
    }

    @Override
    public void close() {
        sessions.forEach(session -> session.process.destroy());
    }

    private List<String> virsh(String... words) {
        List<String> command = new ArrayList<>(List.of("virsh", "-q", "-c", uri));
        command.addAll(List.of(words));
        return command;
    }

    private void complete(List<String> command) throws Exception {
        Command.run(command, directory.resolve("setup.out")).get(60, TimeUnit.SECONDS);
    }

    private interface Client {
        CompletableFuture<?> call(String verb) throws Exception;
    }

    /** A defined guest. */
    final class Domain {
        private final String name;
        private final Path files;
        private final String uuid;

        private Domain(String name, Path files, String uuid) {
            this.name = name;
            this.files = files;
            this.uuid = uuid;
        }

        /** {@code virsh} executed for every call. */
        Side byCommand() {
            return side(verb -> Command.run(virsh(verb, name), files.resolve("virsh.out")));
        }

        /** One {@code virsh} that is connected already and reads commands. */
        Side byConnection() throws Exception {
            Session session = new Session(name);
            sessions.add(session);
            return side(session::run);
        }

        private Side side(Client client) {
            return new Side() {
                @Override
                public Callable<CompletableFuture<?>> start() {
                    return () -> client.call("start");
                }

                @Override
                public Callable<CompletableFuture<?>> stop() {
                    return () -> client.call("destroy");
                }

                /** libvirt answers when it has done all. */
                @Override
                public void settle() {}

                @Override
                public Path serialLog() {
                    return files.resolve("serial0.log");
                }

                @Override
                public String uuid() {
                    return uuid;
                }
            };
        }
    }

    /** virsh says "Domain 'x' started" or "destroyed" when a command has been carried out. */
    private final class Session {
        private final String domain;
        private final Process process;
        private final OutputStream input;
        private final Map<String, CompletableFuture<String>> awaited = new ConcurrentHashMap<>();

        Session(String domain) throws Exception {
            this.domain = domain;
            process = new ProcessBuilder("virsh", "-c", uri).redirectErrorStream(true).start();
            input = process.getOutputStream();
            Thread.ofVirtual().start(this::read);
            // Commands are read once it is connected.
            run("domstate").get(30, TimeUnit.SECONDS);
        }

        CompletableFuture<?> run(String verb) throws IOException {
            String end = switch (verb) {
                case "start" -> "started";
                case "destroy" -> "destroyed";
                default -> "shut off";
            };
            CompletableFuture<String> done = new CompletableFuture<>();
            awaited.put(end, done);
            input.write((verb + " " + domain + "\n").getBytes(StandardCharsets.UTF_8));
            input.flush();
            return done.orTimeout(60, TimeUnit.SECONDS);
        }

        private void read() {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    String said = line.strip();
                    if (said.startsWith("error:")) {
                        awaited.values().forEach(waiting -> waiting.completeExceptionally(new IOException("virsh: " + said)));
                    }
                    awaited.forEach((end, waiting) -> {
                        if (said.endsWith(end)) {
                            waiting.complete(said);
                        }
                    });
                }
            } catch (IOException e) {
                awaited.values().forEach(waiting -> waiting.completeExceptionally(e));
            }
        }
    }
}
