package dev.yado.kernel.sys;

import static dev.yado.kernel.sys.LinuxLayouts.offset;
import static dev.yado.kernel.sys.NetlinkLayouts.NLMSGHDR;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** One netlink socket, of the namespace in which it was opened; one thread at a time. */
public final class NetlinkCalls implements AutoCloseable {
    // int socket(int domain, int type, int protocol)
    private static final MethodHandle SOCKET =
            Downcall.handle("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    // int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
    private static final MethodHandle SETSOCKOPT = Downcall.handle(
            "setsockopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    // ssize_t recv(int fd, void *buffer, size_t length, int flags)
    private static final MethodHandle RECV =
            Downcall.handle("recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

    private static final int RECEIVE_BYTES = 1 << 17;
    /** Room for the errors of one whole batch. */
    private static final int QUEUE_BYTES = 4 << 20;

    /** The kernel takes no more in one call than the socket's send buffer, 208 KiB. */
    private static final int BATCH_BYTES = 1 << 16;

    private final Fd fd;
    private final boolean waitsAtItsEnd;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(RECEIVE_BYTES);
    private int sequence;

    /** What the kernel answered to one message; {@code error} 0: done. */
    public record Answer(int error, String explanation) {
        public boolean interrupted() {
            return error == Errno.EINTR.number();
        }

        /** @param what was asked, for the exception */
        public void requireDone(String what) throws SystemCallException {
            if (error != 0) {
                throw new SystemCallException(what, error, explanation);
            }
        }
    }

    private NetlinkCalls(Fd fd, boolean waitsAtItsEnd) {
        this.fd = fd;
        this.waitsAtItsEnd = waitsAtItsEnd;
    }

    /** In the network namespace of the calling thread. */
    public static NetlinkCalls open() throws IOException {
        return open(NetlinkNumbers.NETLINK_ROUTE);
    }

    /** Of netfilter, in the network namespace of the calling thread. */
    public static NetlinkCalls openNetfilter() throws IOException {
        return open(NetlinkNumbers.NETLINK_NETFILTER);
    }

    private static NetlinkCalls open(int protocol) throws IOException {
        // SAFETY: no pointers.
        Fd fd = new Fd(Downcall.run("socket AF_NETLINK", state -> (int) SOCKET.invokeExact(
                state, NetlinkNumbers.AF_NETLINK, NetlinkNumbers.SOCK_RAW | NetlinkNumbers.SOCK_CLOEXEC, protocol)));
        NetlinkCalls socket = new NetlinkCalls(fd, protocol == NetlinkNumbers.NETLINK_NETFILTER);
        try {
            socket.option(NetlinkNumbers.SOL_NETLINK, NetlinkNumbers.NETLINK_EXT_ACK, 1);
            socket.option(NetlinkNumbers.SOL_NETLINK, NetlinkNumbers.NETLINK_CAP_ACK, 1);
            socket.option(NetlinkNumbers.SOL_NETLINK, NetlinkNumbers.NETLINK_GET_STRICT_CHK, 1);
            socket.option(NetlinkNumbers.SOL_SOCKET, NetlinkNumbers.SO_RCVBUFFORCE, QUEUE_BYTES);
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private void option(int level, int name, int value) throws IOException {
        int self = fd.number();
        try (Arena call = Arena.ofConfined()) {
            MemorySegment number = call.allocateFrom(JAVA_INT, value);
            // SAFETY: the kernel reads the four bytes that are counted.
            Downcall.run("setsockopt " + name, state ->
                    (int) SETSOCKOPT.invokeExact(state, self, level, name, number, Integer.BYTES));
        }
    }

    /** Has the kernel do all of them in their order, also those after one that fails; one answer for each. */
    public List<Answer> run(List<NetlinkWriter> requests) throws IOException {
        List<Answer> answers = new ArrayList<>(requests.size());
        List<byte[]> batch = new ArrayList<>();
        int size = 0;
        for (NetlinkWriter request : requests) {
            byte[] message = request.finish();
            if (size > 0 && size + message.length > BATCH_BYTES) {
                answers.addAll(runBatch(batch, size));
                batch.clear();
                size = 0;
            }
            batch.add(message);
            size += message.length;
        }
        if (size > 0) {
            answers.addAll(runBatch(batch, size));
        }
        return answers;
    }

    /** Only the last message of a batch asks to be acknowledged; the others are heard of when they fail. */
    private List<Answer> runBatch(List<byte[]> batch, int size) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(size);
        for (int i = 0; i < batch.size(); i++) {
            stamp(batch.get(i), i == batch.size() - 1 ? NetlinkNumbers.NLM_F_ACK : 0);
            bytes.put(batch.get(i));
        }
        send(bytes.array());
        Answer[] answers = new Answer[batch.size()];
        Arrays.fill(answers, new Answer(0, ""));
        int first = sequence - batch.size() + 1;
        while (true) {
            for (NetlinkMessage message : receive()) {
                int place = message.sequence() - first;
                if (message.type() != NetlinkNumbers.NLMSG_ERROR || place < 0 || place >= answers.length) {
                    continue;
                }
                answers[place] = new Answer(message.error(), message.explanation());
                if (place == answers.length - 1) {
                    return List.of(answers);
                }
            }
        }
    }

    /**
     * Gives all that the kernel has of what is asked for.
     *
     * @return its error; EINTR also when something changed meanwhile, so that what was given may not belong together
     */
    public Answer dump(NetlinkWriter request, Consumer<NetlinkMessage> each) throws IOException {
        return converse(request, NetlinkNumbers.NLM_F_DUMP, each);
    }

    /** Gives the one thing that is asked for. */
    public Answer ask(NetlinkWriter request, Consumer<NetlinkMessage> each) throws IOException {
        return converse(request, NetlinkNumbers.NLM_F_ACK, each);
    }

    private Answer converse(NetlinkWriter request, int flags, Consumer<NetlinkMessage> each) throws IOException {
        byte[] bytes = request.finish();
        stamp(bytes, flags);
        send(bytes);
        boolean changed = false;
        while (true) {
            for (NetlinkMessage message : receive()) {
                if (message.sequence() != sequence) {
                    continue;
                }
                changed |= (message.flags() & NetlinkNumbers.NLM_F_DUMP_INTR) != 0;
                if (message.type() == NetlinkNumbers.NLMSG_DONE || message.type() == NetlinkNumbers.NLMSG_ERROR) {
                    int error = message.error();
                    return new Answer(error == 0 && changed ? Errno.EINTR.number() : error, message.explanation());
                }
                each.accept(message);
            }
        }
    }

    private void stamp(byte[] message, int flags) {
        sequence++;
        MemorySegment header = MemorySegment.ofArray(message);
        header.set(JAVA_INT_UNALIGNED, offset(NLMSGHDR, "nlmsg_seq"), sequence);
        long at = offset(NLMSGHDR, "nlmsg_flags");
        header.set(JAVA_SHORT_UNALIGNED, at, (short) (header.get(JAVA_SHORT_UNALIGNED, at) | flags));
    }

    private void send(byte[] bytes) throws IOException {
        if (!fd.write(bytes)) {
            throw new IOException("the kernel took only a part of " + bytes.length + " bytes of netlink");
        }
    }

    private List<NetlinkMessage> receive() throws IOException {
        int self = fd.number();
        while (true) {
            try {
                // SAFETY: the kernel writes at most what the buffer holds; MSG_TRUNC makes it tell the real length.
                long length = Downcall.run("recv from netlink", state ->
                        (long) RECV.invokeExact(state, self, buffer, (long) RECEIVE_BYTES, NetlinkNumbers.MSG_TRUNC));
                if (length > RECEIVE_BYTES) {
                    throw new IOException("the kernel sent " + length + " bytes of netlink at once");
                }
                return NetlinkMessage.in(buffer.asSlice(0, length).toArray(JAVA_BYTE));
            } catch (SystemCallException e) {
                if (e.errno() != Errno.EINTR) {
                    throw e;
                }
            }
        }
    }

    @Override
    public void close() {
        if (waitsAtItsEnd) {
            // Until no packet is on its way any more through rules that were changed before, by whomever.
            Thread.ofPlatform().daemon().name("netlink-end").start(fd::close);
        } else {
            fd.close();
        }
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
