package dev.yado.vmmd.qmp;

import dev.yado.protocol.ProtocolJson;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** One JSON object a line, both ways. One thread may read while others write. */
final class MessageStream {
    /** More than QEMU ever says in one breath: past it the peer is broken or hostile. */
    private static final int LONGEST_LINE = 16 << 20;

    private final ByteChannel channel;
    private final ByteBuffer incoming = ByteBuffer.allocate(64 << 10).flip();
    private byte[] line = new byte[4096];

    MessageStream(ByteChannel channel) {
        this.channel = channel;
    }

    JsonNode read() throws IOException {
        int length = 0;
        while (true) {
            if (!incoming.hasRemaining()) {
                incoming.clear();
                int got = channel.read(incoming);
                incoming.flip();
                if (got < 0) {
                    throw new EOFException("QEMU closed the QMP socket");
                }
                continue;
            }
            byte next = incoming.get();
            if (next == '\n') {
                return parse(length);
            }
            if (length == LONGEST_LINE) {
                throw new IOException("QEMU sent a message of more than " + LONGEST_LINE + " bytes");
            }
            if (length == line.length) {
                line = Arrays.copyOf(line, length * 2);
            }
            line[length++] = next;
        }
    }

    /** In one system call where the socket takes it. */
    synchronized void write(List<byte[]> messages) throws IOException {
        List<byte[]> parts = new ArrayList<>();
        int total = 0;
        for (byte[] message : messages) {
            parts.add(message);
            total += message.length + 1;
        }
        ByteBuffer bytes = ByteBuffer.allocate(total);
        parts.forEach(part -> bytes.put(part).put((byte) '\n'));
        bytes.flip();
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private JsonNode parse(int length) throws IOException {
        try {
            return ProtocolJson.mapper().readTree(line, 0, length);
        } catch (JacksonException e) {
            String start = new String(line, 0, Math.min(length, 80), StandardCharsets.UTF_8);
            throw new IOException("QEMU sent what is not JSON: " + start, e);
        }
    }
}
