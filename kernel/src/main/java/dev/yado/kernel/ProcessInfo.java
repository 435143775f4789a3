package dev.yado.kernel;

import dev.yado.protocol.Mebibytes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What /proc says of a process at one moment.
 *
 * @param name at most 15 bytes of the executable's name
 * @param state the kernel's letter: R, S, D, T, Z (zombie), X
 * @param startTicks see {@link ProcessIdentity}
 * @param commandLine empty for a zombie and for a kernel thread
 * @param workingDirectory null when the process is not ours to look into
 * @param resident memory it holds in RAM; newer kernels count in batches per CPU, so small processes may show 0
 * @param cpu user and system time of all its threads, in steps of 10 ms
 */
public record ProcessInfo(
        long pid,
        String name,
        char state,
        long startTicks,
        List<String> commandLine,
        @Nullable Path workingDirectory,
        Mebibytes resident,
        Duration cpu) {
    public ProcessInfo {
        commandLine = List.copyOf(commandLine);
    }

    /** It has ended and only waits for its parent to take notice. */
    public boolean zombie() {
        return state == 'Z' || state == 'X';
    }
}
