package dev.yado.vmmd.log;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.logging.Handler;
import java.util.logging.LogRecord;

/** Writes each event with one call, so that lines of several threads do not mix. */
final class Lines extends Handler {
    private final PrintStream out;
    private final LineFormat format;

    Lines(PrintStream out, LineFormat format) {
        this.out = out;
        this.format = format;
    }

    @Override
    public void publish(LogRecord event) {
        if (isLoggable(event)) {
            StringBuilder line = new StringBuilder(200);
            format.write(event, line);
            line.append('\n');
            out.writeBytes(line.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    @Override
    public void flush() {
        out.flush();
    }

    @Override
    public void close() {
        flush();
    }
}
