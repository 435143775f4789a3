package dev.yado.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A running server process of one data directory, as its postmaster.pid names it. Instances were alive when they were read. */
record Postmaster(ProcessHandle process, int port, boolean ready) {
    static final String FILE = "postmaster.pid";

    /**
     * The server of this data directory, if it runs. A file that names a dead process, or a process that is something else
     * by now, gives nothing; so does a file that is only half written.
     */
    static Optional<Postmaster> of(Path data) {
        List<String> lines = lines(data.resolve(FILE));
        if (lines.size() < 4) {
            return Optional.empty();
        }
        try {
            long pid = Long.parseLong(lines.getFirst().strip());
            int port = Integer.parseInt(lines.get(3).strip());
            boolean ready = lines.size() > 7 && lines.get(7).strip().equals("ready");
            return ProcessHandle.of(pid)
                    .filter(ProcessHandle::isAlive)
                    .filter(process -> serves(process, data))
                    .map(process -> new Postmaster(process, port, ready));
        } catch (NumberFormatException halfWritten) {
            return Optional.empty();
        }
    }

    /** True when postmaster.pid names a live process that is no server of this directory: PostgreSQL would refuse to start. */
    static boolean isPidOfAnother(Path data) {
        List<String> lines = lines(data.resolve(FILE));
        if (lines.isEmpty() || !lines.getFirst().strip().matches("\\d{1,10}")) {
            return false;
        }
        return ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
                .filter(ProcessHandle::isAlive)
                .filter(process -> !serves(process, data))
                .isPresent();
    }

    /** A dead process that its parent has not yet collected, as in a container without an init, is not alive. */
    boolean isAlive() {
        return process.isAlive() && !commandLine(process).isEmpty();
    }

    /** By the command line: unlike the working directory it can be read without the right to trace the process. */
    private static boolean serves(ProcessHandle process, Path data) {
        List<String> arguments = commandLine(process);
        int option = arguments.indexOf("-D");
        try {
            return option > 0
                    && arguments.getFirst().endsWith("/postgres")
                    && option + 1 < arguments.size()
                    && Files.isSameFile(Path.of(arguments.get(option + 1)), data);
        } catch (IOException gone) {
            return false;
        }
    }

    private static List<String> commandLine(ProcessHandle process) {
        try {
            byte[] raw = Files.readAllBytes(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
            return raw.length == 0 ? List.of() : Arrays.asList(new String(raw, StandardCharsets.UTF_8).split("\0"));
        } catch (IOException gone) {
            return List.of();
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException absent) {
            return List.of();
        } catch (IOException failure) {
            throw new EmbeddedPostgresException(
                    "Cannot read " + file + ": " + failure, "Check the owner and the mode of that directory.", failure);
        }
    }
}
