package dev.yado.vmmd.qemu;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.ProtocolJson;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpEvent;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** An installed QEMU. It is asked once what it can do; the answer is kept until the file changes or the host is restarted. */
public final class QemuBinary {
    private static final Logger log = LoggerFactory.getLogger(QemuBinary.class);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Path path;
    private final QemuCapabilities capabilities;

    private QemuBinary(Path path, QemuCapabilities capabilities) {
        this.path = path;
        this.capabilities = capabilities;
    }

    /**
     * The answer, and which file gave it.
     *
     * @param bootId when: a host may come back with other firmware, another kernel, another processor. Null in a record of before
     */
    record Known(
            String path,
            long size,
            long modifiedMillis,
            @Nullable String bootId,
            QemuCapabilities capabilities) {
        boolean isOf(Path binary, long itsSize, long itsModifiedMillis, String boot) {
            return path.equals(binary.toString())
                    && size == itsSize
                    && modifiedMillis == itsModifiedMillis
                    && boot.equals(bootId);
        }
    }

    /**
     * @param cache a directory that may be deleted at any time
     * @param bootId the present boot of the host's kernel
     * @throws IOException when the binary is missing, does not run or does not answer
     */
    public static QemuBinary open(Path binary, Path cache, String bootId) throws IOException, InterruptedException {
        Path real = find(binary).toRealPath();
        long size = Files.size(real);
        long modified = Files.getLastModifiedTime(real).toMillis();
        Path file = Files.createDirectories(cache).resolve("qemu-capabilities.json");
        if (Files.exists(file)) {
            try {
                Known known = ProtocolJson.mapper().readValue(Files.readAllBytes(file), Known.class);
                if (known.isOf(real, size, modified, bootId)) {
                    return new QemuBinary(real, known.capabilities());
                }
            } catch (JacksonException e) {
                log.info("{} is not readable, QEMU is asked again", file);
            }
        }
        QemuCapabilities capabilities = ask(real);
        Path fresh = file.resolveSibling("qemu-capabilities.json.new");
        Files.write(
                fresh,
                ProtocolJson.mapper()
                        .writeValueAsBytes(new Known(real.toString(), size, modified, bootId, capabilities)));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return new QemuBinary(real, capabilities);
    }

    public Path path() {
        return path;
    }

    public QemuCapabilities capabilities() {
        return capabilities;
    }

    private static Path find(Path binary) throws IOException {
        if (binary.isAbsolute() || binary.getNameCount() > 1) {
            if (!Files.isExecutable(binary)) {
                throw new IOException(binary + " is not an executable file: install QEMU or name it with --qemu");
            }
            return binary;
        }
        for (String directory : System.getenv().getOrDefault("PATH", "/usr/bin").split(":", -1)) {
            Path candidate = Path.of(directory).resolve(binary);
            if (Files.isExecutable(candidate)) {
                return candidate;
            }
        }
        throw new IOException(binary + " is not installed: apt-get install qemu-system-x86, or name it with --qemu");
    }

    private static QemuCapabilities ask(Path binary) throws IOException, InterruptedException {
        try {
            return conversation(binary, Accelerator.TCG, session -> {
                Map<Accelerator, List<String>> models = new EnumMap<>(Accelerator.class);
                models.put(Accelerator.TCG, session.run(new QmpCommand.QueryCpuDefinitions(), PATIENCE));
                models.putAll(kvmModels(binary));
                return new QemuCapabilities(
                        session.run(new QmpCommand.QueryVersion(), PATIENCE),
                        session.run(new QmpCommand.QueryMachines(), PATIENCE),
                        session.run(new QmpCommand.SchemaWords(), PATIENCE).contains("io_uring"),
                        models);
            });
        } catch (QmpException e) {
            throw new IOException(binary + " does not say what it can do: " + e.getMessage(), e);
        }
    }

    /** Empty where QEMU cannot use KVM. */
    private static Map<Accelerator, List<String>> kvmModels(Path binary) throws IOException, InterruptedException {
        try {
            return Map.of(
                    Accelerator.KVM,
                    conversation(
                            binary,
                            Accelerator.KVM,
                            session -> session.run(new QmpCommand.QueryCpuDefinitions(), PATIENCE)));
        } catch (QmpException e) {
            log.info("QEMU does not come up with KVM, so there are no CPU models under it: {}", e.getMessage());
            return Map.of();
        }
    }

    private interface Questions<R> {
        R ask(QmpSession session) throws IOException, InterruptedException;
    }

    private static <R> R conversation(Path binary, Accelerator accelerator, Questions<R> questions)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        binary.toString(),
                        "-machine",
                        "none,accel=" + accelerator.name().toLowerCase(Locale.ROOT),
                        "-nodefaults",
                        "-no-user-config",
                        "-display",
                        "none",
                        "-S",
                        "-qmp",
                        "stdio")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (QmpSession session = QmpSession.open(pipes(process), PATIENCE, new Deaf())) {
            R answer = questions.ask(session);
            session.send(new QmpCommand.Quit());
            process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return answer;
        } finally {
            process.destroyForcibly();
        }
    }

    private record Deaf() implements QmpSession.Listener {
        @Override
        public void event(QmpEvent event) {}

        @Override
        public void ended(QmpException reason) {}
    }

    private static ByteChannel pipes(Process process) {
        InputStream output = process.getInputStream();
        OutputStream input = process.getOutputStream();
        ReadableByteChannel from = Channels.newChannel(output);
        WritableByteChannel to = Channels.newChannel(input);
        return new ByteChannel() {
            @Override
            public int read(ByteBuffer into) throws IOException {
                return from.read(into);
            }

            @Override
            public int write(ByteBuffer bytes) throws IOException {
                int written = to.write(bytes);
                input.flush();
                return written;
            }

            @Override
            public boolean isOpen() {
                return to.isOpen();
            }

            @Override
            public void close() throws IOException {
                to.close();
            }
        };
    }
}
