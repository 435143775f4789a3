package dev.yado.storage.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** A disk as clients see it. What it throws is answered to the client as an input/output error. */
public sealed interface NbdExport {
    long sizeBytes();

    /** Is only read, by many threads at once. */
    non-sealed interface Source extends NbdExport {
        /** Fills the buffer from the offset on; the range lies within the disk. */
        void read(long offset, ByteBuffer to) throws IOException;

        /** What lies in a range, in order and without gaps. It may be cut short, but not to nothing. */
        List<Part> parts(long offset, long length) throws IOException;
    }

    /** Is only written, by one thread at a time for each connection, in the order in which the client asked. */
    non-sealed interface Sink extends NbdExport {
        void write(long offset, ByteBuffer content) throws IOException;

        void zero(long offset, long length) throws IOException;
    }

    /** @param data false: it reads as zeroes */
    record Part(long length, boolean data) {}
}
