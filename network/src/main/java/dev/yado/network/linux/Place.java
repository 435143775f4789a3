package dev.yado.network.linux;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.netlink.Link;
import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.Refused;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.Difference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The namespace of one network or router, which may or may not be there. Only for the holder of its lock. While this process lives it
 * holds the namespace, so that one whose file was taken away is found again with the guests in it.
 */
final class Place {
    private static final String FILE = "netns";

    final ReentrantLock lock = new ReentrantLock();
    private final Path directory;
    private volatile @Nullable Held held;

    /** What is open while the namespace is there. */
    record Held(Ground ground, RouteSocket socket) {}

    Place(Path directory) {
        this.directory = directory;
    }

    static boolean isOne(Path directory) {
        return Files.exists(directory.resolve(FILE));
    }

    private Path file() {
        return directory.resolve(FILE);
    }

    /** What {@link #make} would do. */
    List<Difference> differences() throws IOException {
        if (look().isEmpty()) {
            return List.of(Difference.missing("its network namespace"));
        }
        Held now = held;
        return now != null && now.ground().namespace().hasName(file())
                ? List.of()
                : List.of(Difference.missing("the name of its network namespace, " + file()));
    }

    /** Makes sure that the namespace is there and has its name. */
    List<Difference> make() throws IOException {
        List<Difference> differences = differences();
        Held now = held;
        if (now == null) {
            Files.createDirectories(directory);
            hold(NetworkNamespace.create(file()));
        } else if (!differences.isEmpty()) {
            NetworkNamespace.forget(file());
            now.ground().namespace().name(file());
        }
        return differences;
    }

    /** Takes hold of the namespace if it is there. */
    Optional<Held> look() throws IOException {
        if (held == null) {
            Optional<NetworkNamespace> found = NetworkNamespace.open(file());
            if (found.isPresent()) {
                hold(found.get());
            }
        }
        return Optional.ofNullable(held);
    }

    /** For anyone, without the lock: it may be let go while it is used, which then fails. */
    Optional<Held> now() {
        return Optional.ofNullable(held);
    }

    Held get() {
        Held now = held;
        if (now == null) {
            throw new IllegalStateException("no namespace in " + directory);
        }
        return now;
    }

    private void hold(NetworkNamespace namespace) throws IOException {
        try {
            held = new Held(new Ground(namespace, directory), RouteSocket.open(namespace));
        } catch (IOException | RuntimeException e) {
            namespace.close();
            throw e;
        }
    }

    /** Ends all devices at once, also where something else still holds the namespace, then the namespace and its files. */
    void remove() throws IOException {
        Optional<Held> now = look();
        if (now.isPresent()) {
            for (Link link : now.get().socket().links()) {
                if (!link.name().equals(Links.LOOPBACK)) {
                    delete(now.get().socket(), link);
                }
            }
        }
        letGo();
        NetworkNamespace.forget(file());
        deleteAll(directory);
    }

    /** A guest's device may end with its process just now, and one end of a pair with the other. */
    static void delete(RouteSocket socket, Link link) throws IOException {
        try {
            socket.run(LinkRequests.delete(link));
        } catch (IOException e) {
            if (!Refused.isGone(e)) {
                throw e;
            }
        }
    }

    void letGo() {
        Held now = held;
        held = null;
        if (now != null) {
            now.socket().close();
            now.ground().namespace().close();
        }
    }

    private static void deleteAll(Path path) throws IOException {
        try (Stream<Path> below = Files.walk(path)) {
            for (Path each : below.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (NoSuchFileException e) {
            // It was never made.
        }
    }
}
