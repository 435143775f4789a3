package dev.yado.storage;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes and grows qcow2 files with qemu-img. Formats are always named, never probed, and no shell is involved. A call that is
 * interrupted or exceeds the deadline kills its process before it returns.
 *
 * @param qemuImg absolute path of the program
 * @param deadline for each call
 */
public record DiskTool(Path qemuImg, Duration deadline) {
    public static final DiskTool DEFAULT = new DiskTool(Path.of("/usr/bin/qemu-img"), Duration.ofSeconds(30));

    /** Small writes of a guest copy 4 KiB, not a cluster, and tables stay small. */
    private static final String LAYOUT = "extended_l2=on,cluster_size=128k";

    private static final Logger LOG = LoggerFactory.getLogger(DiskTool.class);
    private static final int MAX_OUTPUT = 8 << 10;
    /** Bytes in a second. */
    private static final long SLOWEST_FILL = 256 << 10;

    public DiskTool {
        if (!qemuImg.isAbsolute()) {
            throw new IllegalArgumentException("qemu-img is given by its absolute path, not " + qemuImg);
        }
    }

    /** Makes a qcow2 file, over what was there: a thin clone of {@code backing}, which is not opened, or an empty disk. */
    void create(Path file, long bytes, @Nullable Backing backing) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("create", "-q", "-f", "qcow2", "-o", LAYOUT));
        if (backing != null) {
            arguments.addAll(List.of("-u", "-b", backing.name(), "-F", backing.format()));
        }
        arguments.addAll(List.of("--", file.toString(), Long.toString(bytes)));
        run("make the disk", arguments);
    }

    /**
     * As {@link #create}, of a file that is filled from what it stands on while a guest uses it: its clusters have no parts, because
     * QEMU before 8.1 ends when it fetches a cluster of which the guest has written or discarded a part.
     */
    void createLayer(Path file, long bytes, @Nullable Backing backing) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("create", "-q", "-f", "qcow2"));
        if (backing != null) {
            arguments.addAll(List.of("-u", "-b", backing.name(), "-F", backing.format()));
        }
        arguments.addAll(List.of("--", file.toString(), Long.toString(bytes)));
        run("make the disk", arguments);
    }

    /**
     * Brings into a qcow2 file what it has of what it stands on, so that it stands on something lower. No process may have it open; one
     * that is ended in the middle has changed nothing that can be seen.
     *
     * @param below null: it stands on nothing from then on
     * @param bytes about as much as there is to write
     */
    void rebase(Path file, @Nullable Backing below, long bytes) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("rebase", "-q", "-f", "qcow2"));
        arguments.addAll(below == null ? List.of("-b", "") : List.of("-F", below.format(), "-b", below.name()));
        arguments.addAll(List.of("--", file.toString()));
        run("delete the snapshot", arguments, deadline.plusSeconds(bytes / SLOWEST_FILL));
    }

    /**
     * Writes all that an NBD export has into a new qcow2 file that has nothing of its own. It takes as long as it takes, unless it is slower than
     * {@link #SLOWEST_FILL} on the whole.
     *
     * @param bytes about as much as there is to write
     * @param blank the file stands on nothing: what the export has nothing of need not be written
     */
    void fill(Path file, Path socket, String export, long bytes, boolean blank) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("convert", "-q", "-n"));
        if (blank) {
            arguments.add("--target-is-zero");
        }
        arguments.addAll(List.of(
                "-t",
                "writeback",
                "-f",
                "raw",
                "-O",
                "qcow2",
                "nbd:unix:" + socket + ":exportname=" + export,
                file.toString()));
        run("restore the disk", arguments, deadline.plusSeconds(bytes / SLOWEST_FILL));
    }

    /**
     * Writes what one layer has of its own into another file that stands on the same or is to: after all of a disk's layers were
     * written so, from the lowest up, the file has what the topmost shows. Where the file system can, blocks are shared, not copied.
     *
     * @param layer open for reading alone, whoever has it open as well
     * @param below what the file stands on; null: nothing, and then the layer is written with all that is below it
     * @param bytes about as much as there is to write
     */
    void copy(Path layer, Path file, @Nullable Backing below, long bytes) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("convert", "-q", "-n", "-C", "-t", "writeback"));
        arguments.addAll(
                below == null ? List.of("--target-is-zero") : List.of("-B", below.name(), "-F", below.format()));
        arguments.addAll(List.of("-f", "qcow2", "-O", "qcow2", layer.toString(), file.toString()));
        run("copy the disk", arguments, deadline.plusSeconds(bytes / SLOWEST_FILL));
    }

    /** Grows a qcow2 file that no process has open. */
    void grow(Path file, long bytes) throws InterruptedException {
        run("grow the disk", List.of("resize", "-q", "-f", "qcow2", "--", file.toString(), Long.toString(bytes)));
    }

    private void run(String what, List<String> arguments) throws InterruptedException {
        run(what, arguments, deadline);
    }

    private void run(String what, List<String> arguments, Duration patience) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of(qemuImg.toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectInput(Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().put("LC_ALL", "C");
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            LOG.error("cannot run {}", command, e);
            throw new YadoException(
                    ErrorCode.INTERNAL, "The host cannot " + what + ": qemu-img cannot be run; install qemu-utils.", e);
        }
        try {
            // With -q only an error of a few lines is written: it fits into the pipe.
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.error("no end of {} within {}", command, patience);
                throw new YadoException(
                        ErrorCode.DEADLINE_EXCEEDED,
                        "The host could not " + what + " within " + patience.toSeconds()
                                + " s; its storage does not answer or is overloaded.");
            }
            if (process.exitValue() != 0) {
                String said =
                        new String(process.getInputStream().readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8).strip();
                LOG.error("{} ended with {}: {}", command, process.exitValue(), said);
                throw new YadoException(
                        ErrorCode.INTERNAL,
                        "The host could not " + what + ": qemu-img ended with " + process.exitValue()
                                + "; its log says why.");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            process.destroyForcibly();
        }
    }
}
