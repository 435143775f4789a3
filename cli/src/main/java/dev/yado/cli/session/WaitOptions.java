package dev.yado.cli.session;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How long a command stays with the operation that it began. */
public final class WaitOptions {
    @Option(names = "--no-wait", description = "Print the operation's id and leave it to itself.")
    private boolean noWait;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "Wait at most so long (90, 90s, 5m, 2h), then exit with 7; the operation goes on.")
    private @Nullable Duration timeout;

    public boolean waits() {
        return !noWait;
    }

    public Optional<Duration> timeout() {
        return Optional.ofNullable(timeout);
    }
}
