package dev.yado.network.linux;

import dev.yado.kernel.netlink.RouteSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** The kernel brings links up a little after it was told to; until then it drops what they send. */
final class Carrier {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long LOOK_EVERY_NANOS = 500_000;

    private Carrier() {}

    /** Returns when all of these links that are there and up carry packets. */
    static void await(RouteSocket inside, List<String> names) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            List<String> waiting = waiting(inside, names);
            if (waiting.isEmpty()) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("after " + PATIENCE.toSeconds() + " s the kernel has not brought up "
                        + String.join(" and ", waiting)
                        + ": is this host short of CPU, or what it leads to down?");
            }
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
        }
    }

    private static List<String> waiting(RouteSocket inside, List<String> names) throws IOException {
        return inside.links().stream()
                .filter(link -> names.contains(link.name()) && link.up() && !link.operational())
                .map(link -> link.name())
                .toList();
    }
}
