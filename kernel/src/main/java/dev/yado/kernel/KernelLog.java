package dev.yado.kernel;

import dev.yado.kernel.sys.Fd;
import dev.yado.kernel.sys.SystemCallException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the kernel has said since boot, as far as its ring buffer still holds it. */
final class KernelLog {
    /** The kernel refuses a buffer smaller than the record; its own limit is 8 KiB. */
    private static final int RECORD_BYTES = 8192;

    private final Path file;

    KernelLog(Path file) {
        this.file = file;
    }

    /** All records, oldest first, without waiting for more; throws where the reader is not allowed to. */
    List<String> read() throws IOException {
        List<String> records = new ArrayList<>();
        try (Fd log = Fd.openReadOnlyNonBlocking(file)) {
            while (readRecord(log, records)) {
                // each turn takes one record
            }
        }
        return List.copyOf(records);
    }

    private static boolean readRecord(Fd log, List<String> records) throws IOException {
        try {
            byte[] bytes = log.read(RECORD_BYTES);
            records.add(new String(bytes, StandardCharsets.UTF_8));
            return bytes.length > 0;
        } catch (SystemCallException e) {
            return switch (e.errno()) {
                case EAGAIN -> false;
                case EPIPE, EINTR -> true; // overwritten while we read: go on with the oldest that is left
                default -> throw e;
            };
        }
    }
}
