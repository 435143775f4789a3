package dev.yado.storage.nbd;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client, from the greeting to its end. */
final class NbdConnection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NbdConnection.class);
    private static final int LONGEST_OPTION = 64 << 10;
    /** Reads that are under way at once: QEMU asks for 16 at most. */
    private static final int MOST_READS = 16;

    private final SocketChannel channel;
    private final Map<String, NbdExport> exports;
    private final ReentrantLock writing = new ReentrantLock();
    private final Semaphore reads = new Semaphore(MOST_READS);
    private boolean noZeroes;
    private boolean structured;
    private boolean tellsAllocation;
    private volatile boolean over;

    NbdConnection(SocketChannel channel, Map<String, NbdExport> exports) {
        this.channel = channel;
        this.exports = exports;
    }

    /** Returns when the client has said goodbye. @throws IOException when it is gone or speaks something else */
    void serve() throws IOException {
        ByteBuffer greeting = ByteBuffer.allocate(18);
        greeting.putLong(NbdWire.MAGIC).putLong(NbdWire.OPTION_MAGIC);
        greeting.putShort((short) (NbdWire.FLAG_FIXED_NEWSTYLE | NbdWire.FLAG_NO_ZEROES));
        write(greeting.flip());
        int flags = read(4).getInt();
        if ((flags & NbdWire.FLAG_FIXED_NEWSTYLE) == 0) {
            throw new IOException("the client is too old");
        }
        noZeroes = (flags & NbdWire.FLAG_NO_ZEROES) != 0;
        NbdExport export = negotiate();
        if (export != null) {
            transmit(export);
        }
    }

    /** @return null when the client does not want any */
    private @Nullable NbdExport negotiate() throws IOException {
        while (true) {
            ByteBuffer head = read(16);
            if (head.getLong() != NbdWire.OPTION_MAGIC) {
                throw new IOException("the client sends no options");
            }
            int option = head.getInt();
            int length = head.getInt();
            if (length < 0 || length > LONGEST_OPTION) {
                throw new IOException("an option of " + length + " bytes");
            }
            ByteBuffer data = read(length);
            switch (option) {
                case NbdWire.OPT_EXPORT_NAME -> {
                    NbdExport export = exports.get(text(data, data.remaining()));
                    if (export == null) {
                        throw new IOException("the client asks for an export that is not there");
                    }
                    ByteBuffer answer = ByteBuffer.allocate(noZeroes ? 10 : 134);
                    answer.putLong(export.sizeBytes()).putShort(flags(export)).position(answer.limit());
                    write(answer.flip());
                    return export;
                }
                case NbdWire.OPT_ABORT -> {
                    reply(option, NbdWire.REP_ACK, ByteBuffer.allocate(0));
                    return null;
                }
                case NbdWire.OPT_STRUCTURED_REPLY -> {
                    structured = true;
                    reply(option, NbdWire.REP_ACK, ByteBuffer.allocate(0));
                }
                case NbdWire.OPT_SET_META_CONTEXT -> metaContext(option, data);
                case NbdWire.OPT_INFO, NbdWire.OPT_GO -> {
                    Optional<NbdExport> export = info(option, data);
                    if (option == NbdWire.OPT_GO && export.isPresent()) {
                        return export.get();
                    }
                }
                default -> reply(option, NbdWire.REP_ERR_UNSUP, ByteBuffer.allocate(0));
            }
        }
    }

    private Optional<NbdExport> info(int option, ByteBuffer data) throws IOException {
        NbdExport export = exports.get(name(data));
        if (export == null) {
            reply(option, NbdWire.REP_ERR_UNKNOWN, ByteBuffer.allocate(0));
            return Optional.empty();
        }
        ByteBuffer size = ByteBuffer.allocate(12);
        size.putShort((short) NbdWire.INFO_EXPORT).putLong(export.sizeBytes()).putShort(flags(export));
        reply(option, NbdWire.REP_INFO, size.flip());
        ByteBuffer blocks = ByteBuffer.allocate(14);
        blocks.putShort((short) NbdWire.INFO_BLOCK_SIZE)
                .putInt(1)
                .putInt(64 << 10)
                .putInt(NbdWire.MOST_BYTES);
        reply(option, NbdWire.REP_INFO, blocks.flip());
        reply(option, NbdWire.REP_ACK, ByteBuffer.allocate(0));
        return Optional.of(export);
    }

    private void metaContext(int option, ByteBuffer data) throws IOException {
        NbdExport export = exports.get(name(data));
        if (!structured || export == null || data.remaining() < 4) {
            reply(option, export == null ? NbdWire.REP_ERR_UNKNOWN : NbdWire.REP_ERR_INVALID, ByteBuffer.allocate(0));
            return;
        }
        tellsAllocation = false;
        int queries = data.getInt();
        for (int query = 0; query < queries; query++) {
            String asked = name(data);
            if (export instanceof NbdExport.Source && asked.equals(NbdWire.BASE_ALLOCATION)) {
                tellsAllocation = true;
                byte[] context = NbdWire.BASE_ALLOCATION.getBytes(StandardCharsets.US_ASCII);
                ByteBuffer answer = ByteBuffer.allocate(4 + context.length);
                answer.putInt(NbdWire.BASE_ALLOCATION_ID).put(context);
                reply(option, NbdWire.REP_META_CONTEXT, answer.flip());
            }
        }
        reply(option, NbdWire.REP_ACK, ByteBuffer.allocate(0));
    }

    private static String name(ByteBuffer data) throws IOException {
        if (data.remaining() < 4) {
            throw new IOException("an option is cut short");
        }
        return text(data, data.getInt());
    }

    private static String text(ByteBuffer data, int length) throws IOException {
        if (length < 0 || length > data.remaining()) {
            throw new IOException("an option is cut short");
        }
        byte[] bytes = new byte[length];
        data.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static short flags(NbdExport export) {
        int flags = NbdWire.EXPORT_HAS_FLAGS | NbdWire.EXPORT_SEND_FLUSH;
        return (short)
                switch (export) {
                    case NbdExport.Source _ -> flags | NbdWire.EXPORT_READ_ONLY | NbdWire.EXPORT_CAN_MULTI_CONN;
                    case NbdExport.Sink _ -> flags | NbdWire.EXPORT_SEND_WRITE_ZEROES;
                };
    }

    private void reply(int option, int type, ByteBuffer data) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(20);
        head.putLong(NbdWire.OPTION_REPLY_MAGIC).putInt(option).putInt(type).putInt(data.remaining());
        write(head.flip(), data);
    }

    private record Request(int flags, int type, long cookie, long offset, long length) {}

    private void transmit(NbdExport export) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(28);
        ByteBuffer content = ByteBuffer.allocate(0);
        while (true) {
            fill(head.clear());
            if (head.getInt() != NbdWire.REQUEST_MAGIC) {
                throw new IOException("the client sends no requests");
            }
            Request request = new Request(
                    Short.toUnsignedInt(head.getShort()),
                    Short.toUnsignedInt(head.getShort()),
                    head.getLong(),
                    head.getLong(),
                    Integer.toUnsignedLong(head.getInt()));
            if (request.type() == NbdWire.CMD_WRITE) {
                if (request.length() > NbdWire.MOST_BYTES) {
                    throw new IOException("the client writes " + request.length() + " bytes at once");
                }
                int length = (int) request.length();
                content = content.capacity() < length ? ByteBuffer.allocate(length) : content;
                fill(content.clear().limit(length));
            }
            if (request.type() == NbdWire.CMD_DISC) {
                return;
            }
            serve(export, request, content);
        }
    }

    private void serve(NbdExport export, Request request, ByteBuffer content) throws IOException {
        boolean inside = request.offset() >= 0
                && request.offset() <= export.sizeBytes()
                && request.length() <= export.sizeBytes() - request.offset();
        if (request.type() == NbdWire.CMD_FLUSH) {
            answer(request, 0);
        } else if (!inside) {
            answer(request, NbdWire.EINVAL);
        } else {
            switch (export) {
                case NbdExport.Source source -> serve(source, request);
                case NbdExport.Sink sink -> serve(sink, request, content);
            }
        }
    }

    private void serve(NbdExport.Sink sink, Request request, ByteBuffer content) throws IOException {
        try {
            switch (request.type()) {
                case NbdWire.CMD_WRITE -> sink.write(request.offset(), content);
                case NbdWire.CMD_WRITE_ZEROES -> sink.zero(request.offset(), request.length());
                default -> {
                    answer(request, NbdWire.EINVAL);
                    return;
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("a write is not taken", e);
            answer(request, NbdWire.EIO);
            return;
        }
        answer(request, 0);
    }

    private void serve(NbdExport.Source source, Request request) throws IOException {
        switch (request.type()) {
            case NbdWire.CMD_READ -> {
                if (request.length() > NbdWire.MOST_BYTES) {
                    answer(request, NbdWire.EINVAL);
                    return;
                }
                reads.acquireUninterruptibly();
                Thread.ofVirtual().name("nbd read").start(() -> {
                    try {
                        read(source, request);
                    } finally {
                        reads.release();
                    }
                });
            }
            case NbdWire.CMD_BLOCK_STATUS -> status(source, request);
            case NbdWire.CMD_WRITE, NbdWire.CMD_WRITE_ZEROES -> answer(request, NbdWire.EPERM);
            default -> answer(request, NbdWire.EINVAL);
        }
    }

    private void read(NbdExport.Source source, Request request) {
        try {
            ByteBuffer data = ByteBuffer.allocate((int) request.length());
            try {
                source.read(request.offset(), data);
            } catch (IOException | RuntimeException e) {
                LOG.warn("{} bytes from {} on cannot be read: {}", request.length(), request.offset(), e.getMessage());
                answer(request, NbdWire.EIO);
                return;
            }
            if (data.hasRemaining()) {
                LOG.warn("{} bytes from {} on are not all there", request.length(), request.offset());
                answer(request, NbdWire.EIO);
                return;
            }
            data.flip();
            if (structured && data.hasRemaining()) {
                ByteBuffer head = chunk(NbdWire.REPLY_OFFSET_DATA, request, 8 + data.remaining(), 8);
                write(head.putLong(request.offset()).flip(), data);
            } else if (structured) {
                answer(request, 0);
            } else {
                write(simple(request, 0), data);
            }
        } catch (IOException e) {
            if (!over) {
                LOG.debug("an answer does not reach the client", e);
            }
        }
    }

    private void status(NbdExport.Source source, Request request) throws IOException {
        if (!tellsAllocation || request.length() == 0) {
            answer(request, NbdWire.EINVAL);
            return;
        }
        List<NbdExport.Part> parts;
        try {
            parts = source.parts(request.offset(), request.length());
        } catch (IOException | RuntimeException e) {
            LOG.warn("what lies from {} on is not known: {}", request.offset(), e.getMessage());
            answer(request, NbdWire.EIO);
            return;
        }
        if ((request.flags() & NbdWire.CMD_FLAG_REQ_ONE) != 0) {
            parts = parts.subList(0, 1);
        }
        ByteBuffer reply = chunk(NbdWire.REPLY_BLOCK_STATUS, request, 4 + 8 * parts.size(), 4 + 8 * parts.size());
        reply.putInt(NbdWire.BASE_ALLOCATION_ID);
        for (NbdExport.Part part : parts) {
            reply.putInt((int) part.length());
            reply.putInt(part.data() ? 0 : NbdWire.STATE_HOLE | NbdWire.STATE_ZERO);
        }
        write(reply.flip());
    }

    private void answer(Request request, int error) throws IOException {
        if (!structured) {
            write(simple(request, error));
        } else if (error == 0) {
            write(chunk(NbdWire.REPLY_NONE, request, 0, 0).flip());
        } else {
            write(chunk(NbdWire.REPLY_ERROR, request, 6, 6)
                    .putInt(error)
                    .putShort((short) 0)
                    .flip());
        }
    }

    private static ByteBuffer simple(Request request, int error) {
        return ByteBuffer.allocate(16)
                .putInt(NbdWire.SIMPLE_REPLY_MAGIC)
                .putInt(error)
                .putLong(request.cookie())
                .flip();
    }

    private static ByteBuffer chunk(int type, Request request, int length, int room) {
        return ByteBuffer.allocate(20 + room)
                .putInt(NbdWire.STRUCTURED_REPLY_MAGIC)
                .putShort((short) NbdWire.REPLY_FLAG_DONE)
                .putShort((short) type)
                .putLong(request.cookie())
                .putInt(length);
    }

    private ByteBuffer read(int length) throws IOException {
        return fill(ByteBuffer.allocate(length));
    }

    private ByteBuffer fill(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException("the client is gone");
            }
        }
        return buffer.flip();
    }

    private void write(ByteBuffer... buffers) throws IOException {
        writing.lock();
        try {
            long left = 0;
            for (ByteBuffer buffer : buffers) {
                left += buffer.remaining();
            }
            while (left > 0) {
                left -= channel.write(buffers);
            }
        } finally {
            writing.unlock();
        }
    }

    /** Reads that are under way are waited for: who gave the export may close what it reads from. */
    @Override
    public void close() {
        over = true;
        reads.acquireUninterruptibly(MOST_READS);
    }
}
