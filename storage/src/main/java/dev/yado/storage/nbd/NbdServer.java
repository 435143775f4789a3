package dev.yado.storage.nbd;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves exports on a unix socket. Who may connect is the socket's owner and mode, which the caller sets. Each connection has a thread
 * of its own. Closing it ends all connections; requests that are not answered by then never are.
 */
public final class NbdServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NbdServer.class);
    /** What is left for a path in {@code sockaddr_un}. */
    private static final int LONGEST_SOCKET_PATH = 107;

    private final Path socket;
    private final ServerSocketChannel listening;
    private final Map<String, NbdExport> exports;
    private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();

    private NbdServer(Path socket, ServerSocketChannel listening, Map<String, ? extends NbdExport> exports) {
        this.socket = socket;
        this.listening = listening;
        this.exports = Map.copyOf(exports);
    }

    /**
     * @param socket what lies there is replaced
     * @param exports by the names that clients ask for
     */
    public static NbdServer listen(Path socket, Map<String, ? extends NbdExport> exports) throws IOException {
        Files.deleteIfExists(socket);
        ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            bind(listening, socket);
        } catch (IOException e) {
            listening.close();
            throw e;
        }
        NbdServer server = new NbdServer(socket, listening, exports);
        Thread.ofVirtual().name("nbd " + socket.getFileName()).start(server::accept);
        return server;
    }

    /** A path that is too long for the kernel is reached by a shorter way to its directory. */
    private static void bind(ServerSocketChannel listening, Path socket) throws IOException {
        if (socket.toString().length() <= LONGEST_SOCKET_PATH) {
            listening.bind(UnixDomainSocketAddress.of(socket));
            return;
        }
        Path shortcut = Files.createTempDirectory("yado-nbd");
        Path link = shortcut.resolve("d");
        try {
            Files.createSymbolicLink(link, socket.toAbsolutePath().resolveSibling("."));
            listening.bind(UnixDomainSocketAddress.of(link.resolve(socket.getFileName())));
        } finally {
            Files.deleteIfExists(link);
            Files.deleteIfExists(shortcut);
        }
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel client = listening.accept();
                connections.add(client);
                Thread.ofVirtual().name("nbd client").start(() -> serve(client));
            }
        } catch (ClosedChannelException e) {
            LOG.debug("{} is not listened on any more", socket);
        } catch (IOException e) {
            LOG.warn("nobody can connect to {} any more", socket, e);
        }
        connections.forEach(NbdServer::close);
    }

    private void serve(SocketChannel client) {
        try (client;
                NbdConnection connection = new NbdConnection(client, exports)) {
            connection.serve();
        } catch (ClosedChannelException e) {
            LOG.debug("a client of {} is gone", socket);
        } catch (IOException e) {
            LOG.debug("a client of {} is cut off: {}", socket, e.getMessage());
        } catch (RuntimeException e) {
            LOG.warn("a client of {} is cut off", socket, e);
        } finally {
            connections.remove(client);
        }
    }

    private static void close(SocketChannel client) {
        try {
            client.close();
        } catch (IOException e) {
            LOG.debug("a connection did not close", e);
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        connections.forEach(NbdServer::close);
        Files.deleteIfExists(socket);
    }
}
