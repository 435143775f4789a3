package dev.yado.vmmd.qemu;

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
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** An installed QEMU. It is asked once what it can do; the answer is kept until the file changes. */
public final class QemuBinary {
    private static final Logger log = LoggerFactory.getLogger(QemuBinary.class);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Path path;
    private final QemuCapabilities capabilities;

    private QemuBinary(Path path, QemuCapabilities capabilities) {
        this.path = path;
        this.capabilities = capabilities;
    }

    /** The answer, and which file gave it. */
    record Known(String path, long size, long modifiedMillis, QemuCapabilities capabilities) {
        boolean isOf(Path binary, long itsSize, long itsModifiedMillis) {
            return path.equals(binary.toString()) && size == itsSize && modifiedMillis == itsModifiedMillis;
        }
    }

    /**
     * @param cache a directory that may be deleted at any time
     * @throws IOException when the binary is missing, does not run or does not answer
     */
    public static QemuBinary open(Path binary, Path cache) throws IOException, InterruptedException {
        Path real = find(binary).toRealPath();
        long size = Files.size(real);
        long modified = Files.getLastModifiedTime(real).toMillis();
        Path file = Files.createDirectories(cache).resolve("qemu-capabilities.json");
        if (Files.exists(file)) {
            try {
                Known known = ProtocolJson.mapper().readValue(Files.readAllBytes(file), Known.class);
                if (known.isOf(real, size, modified)) {
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
                ProtocolJson.mapper().writeValueAsBytes(new Known(real.toString(), size, modified, capabilities)));
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
        Process process = new ProcessBuilder(
                        binary.toString(),
                        "-machine",
                        "none",
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
            QemuCapabilities answer = new QemuCapabilities(
                    session.run(new QmpCommand.QueryVersion(), PATIENCE),
                    session.run(new QmpCommand.QueryMachines(), PATIENCE),
                    session.run(new QmpCommand.SchemaWords(), PATIENCE).contains("io_uring"));
            session.send(new QmpCommand.Quit());
            process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return answer;
        } catch (QmpException e) {
            throw new IOException(binary + " does not say what it can do: " + e.getMessage(), e);
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
