import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.IntFunction;

/** Clients that read, on one thread: what they cost is not to be mistaken for what is measured. Each has a connection and one call at a time. */
final class Readers implements AutoCloseable {
    private static final byte[] LAST_CHUNK = "\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final String rest;
    private final IntFunction<String> path;
    private final Selector selector = Selector.open();
    private final List<Client> clients = new ArrayList<>();
    private int calls;
    private long[] nanos = new long[1 << 16];
    private int count;

    private static final class Client {
        final SocketChannel channel;
        final ByteBuffer answer = ByteBuffer.allocate(1 << 20);
        long asked;

        Client(SocketChannel channel) {
            this.channel = channel;
        }
    }

    Readers(int port, String token, int number, IntFunction<String> path) throws IOException {
        this.path = path;
        rest = " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token + "\r\nAccept: application/json\r\n\r\n";
        for (int i = 0; i < number; i++) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            Client client = new Client(channel);
            channel.register(selector, SelectionKey.OP_READ, client);
            clients.add(client);
        }
    }

    /** As fast as answers come. */
    long[] run(Duration time) throws IOException {
        return run(time, 0);
    }

    /**
     * Asks for so long.
     *
     * @param rate calls a second of all clients together; 0 is as fast as answers come. A call that is late, because the one before it
     *     was slow, counts from when it was due
     * @return how long each call took
     */
    long[] run(Duration time, int rate) throws IOException {
        count = 0;
        long interval = rate == 0 ? 0 : clients.size() * 1_000_000_000L / rate;
        long begin = System.nanoTime();
        long end = begin + time.toNanos();
        int open = clients.size();
        Deque<Client> resting = new ArrayDeque<>();
        for (int i = 0; i < clients.size(); i++) {
            Client client = clients.get(i);
            client.asked = begin + interval * i / clients.size();
            resting.add(client);
        }
        while (open > 0) {
            for (Client next = resting.peek(); next != null && next.asked <= System.nanoTime(); next = resting.peek()) {
                ask(resting.remove());
            }
            Client next = resting.peek();
            if (next == null) {
                selector.select(10_000);
            } else {
                selector.select(Math.max(1, (next.asked - System.nanoTime()) / 1_000_000));
            }
            if (next == null && selector.selectedKeys().isEmpty()) {
                throw new IOException("no answer for 10 s");
            }
            for (SelectionKey key : selector.selectedKeys()) {
                Client client = (Client) key.attachment();
                if (client.channel.read(client.answer) < 0) {
                    throw new IOException("the controller has closed a connection");
                }
                if (isWhole(client.answer)) {
                    account(client);
                    long now = System.nanoTime();
                    if (now < end) {
                        client.asked = interval == 0 ? now : client.asked + interval;
                        resting.add(client);
                    } else {
                        open--;
                    }
                }
            }
            selector.selectedKeys().clear();
        }
        return Arrays.copyOf(nanos, count);
    }

    private void ask(Client client) throws IOException {
        client.answer.clear();
        ByteBuffer request = ByteBuffer.wrap(("GET " + path.apply(calls++) + rest).getBytes(StandardCharsets.US_ASCII));
        while (request.hasRemaining()) {
            client.channel.write(request);
        }
    }

    private void account(Client client) throws IOException {
        String status = new String(client.answer.array(), 0, 12, StandardCharsets.US_ASCII);
        if (!status.equals("HTTP/1.1 200")) {
            throw new IOException(new String(client.answer.array(), 0, client.answer.position(), StandardCharsets.UTF_8));
        }
        if (count == nanos.length) {
            nanos = Arrays.copyOf(nanos, count * 2);
        }
        nanos[count++] = System.nanoTime() - client.asked;
    }

    /** There is never more than one answer on its way. */
    private static boolean isWhole(ByteBuffer answer) {
        byte[] bytes = answer.array();
        int length = answer.position();
        if (endsWith(bytes, length, LAST_CHUNK)) {
            return true;
        }
        for (int at = 0; at + END_OF_HEAD.length <= length; at++) {
            if (Arrays.equals(bytes, at, at + 4, END_OF_HEAD, 0, 4)) {
                String head = new String(bytes, 0, at, StandardCharsets.US_ASCII);
                int header = head.indexOf("Content-Length: ");
                return header >= 0
                        && length - at - 4 >= Integer.parseInt(head.substring(header + 16).lines().findFirst().orElseThrow());
            }
        }
        return false;
    }

    private static boolean endsWith(byte[] bytes, int length, byte[] end) {
        return length >= end.length && Arrays.equals(bytes, length - end.length, length, end, 0, end.length);
    }

    @Override
    public void close() throws IOException {
        for (Client client : clients) {
            client.channel.close();
        }
        selector.close();
    }
}
