package dev.yado.kernel;

import dev.yado.kernel.sys.Fd;
import dev.yado.kernel.sys.SpawnCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program to be run in a session of its own, tied to this process by nothing: input from /dev/null, default signal handling, only
 * {@code PATH} in its environment, and no open file but those that it is given.
 *
 * @param command the program first: a path, or a name that is looked up in {@link #PATH}
 * @param directory it works in
 * @param log its output and its errors are appended to this file, which exists
 * @param given it has these as 3, 4, ...; the caller closes its own
 */
public record Program(List<String> command, Path directory, Path log, List<Inheritable> given) {
    public static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    public Program {
        command = List.copyOf(command);
        given = List.copyOf(given);
    }

    /**
     * Runs it as a child of this process. When it has ended, somebody has to {@link PidFd#reap} it.
     *
     * @throws IOException when it cannot be executed
     */
    public PidFd start(ProcessWatcher watcher) throws IOException {
        List<String> words = new ArrayList<>(command);
        words.set(0, executable(command.getFirst()).toString());
        int pid = SpawnCalls.spawn(
                words,
                List.of("PATH=" + PATH),
                directory.toAbsolutePath().toString(),
                log.toAbsolutePath().toString(),
                given.stream().map(Program::fd).toList());
        return watcher.openChild(pid);
    }

    private static Fd fd(Inheritable given) {
        return switch (given) {
            case Descriptor file -> file.fd();
            case TapDevice tap -> tap.fd();
        };
    }

    private static Path executable(String name) throws IOException {
        if (name.indexOf('/') >= 0) {
            return Path.of(name).toAbsolutePath();
        }
        for (String directory : PATH.split(":", -1)) {
            Path candidate = Path.of(directory, name);
            if (Files.isExecutable(candidate)) {
                return candidate;
            }
        }
        throw new IOException("no program " + name + " in " + PATH);
    }
}
