package dev.yado.kernel.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Memory from mmap: anonymous, or a window into a descriptor. Offsets and sizes are bytes and bounds are checked.
 * Any thread may read and write; close only when neither a thread nor a vCPU uses it any more.
 */
public final class MappedMemory implements AutoCloseable {
    // void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset); MAP_FAILED is (void *) -1
    private static final MethodHandle MMAP = Downcall.handle(
            "mmap", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    // int munmap(void *addr, size_t length)
    private static final MethodHandle MUNMAP =
            Downcall.handle("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));

    private static final int READ_WRITE = LinuxNumbers.PROT_READ | LinuxNumbers.PROT_WRITE;

    private volatile MemorySegment segment;

    private MappedMemory(MemorySegment segment) {
        this.segment = segment;
    }

    /** Zeroed memory of this process alone. */
    public static MappedMemory anonymous(long size) throws IOException {
        return map("mmap", size, LinuxNumbers.MAP_PRIVATE | LinuxNumbers.MAP_ANONYMOUS, -1);
    }

    static MappedMemory shared(Fd fd, long size) throws IOException {
        return map("mmap of a vCPU", size, LinuxNumbers.MAP_SHARED, fd.number());
    }

    private static MappedMemory map(String what, long size, int flags, int fd) throws IOException {
        // SAFETY: no fixed address is asked for, so no mapping of the JVM can be replaced.
        long address = Downcall.run(what, state -> (long) MMAP.invokeExact(state, 0L, size, READ_WRITE, flags, fd, 0L));
        // SAFETY: the kernel has just mapped size bytes there; close() takes the segment away before unmapping.
        return new MappedMemory(MemorySegment.ofAddress(address).reinterpret(size));
    }

    public void putBytes(long offset, byte[] bytes) {
        MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, offset, bytes.length);
    }

    public void putLong(long offset, long value) {
        segment.set(JAVA_LONG, offset, value);
    }

    void putByte(long offset, int value) {
        segment.set(JAVA_BYTE, offset, (byte) value);
    }

    int getInt(long offset) {
        return segment.get(JAVA_INT, offset);
    }

    public long size() {
        return segment.byteSize();
    }

    long address() {
        return segment.address();
    }

    @Override
    public synchronized void close() {
        MemorySegment mapped = segment;
        if (mapped.byteSize() == 0) {
            return;
        }
        segment = MemorySegment.NULL;
        try {
            // SAFETY: exactly what map() got from the kernel, once.
            Downcall.run("munmap", state -> (int) MUNMAP.invokeExact(state, mapped, mapped.byteSize()));
        } catch (SystemCallException e) {
            throw new IllegalStateException("munmap of our own mapping was refused", e);
        }
    }
}
