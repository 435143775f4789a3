package dev.yado.vmmd.log;

import java.util.logging.LogRecord;

/** {@code 2026-11-22T00:17:54.123Z INFO VmLoop: accepted generation 3 operation=… step=DEFINE vm=…}, then a stack if there is one. */
final class TextFormat implements LineFormat {
    @Override
    public void write(LogRecord event, StringBuilder to) {
        String logger = String.valueOf(event.getLoggerName());
        to.append(LineFormat.time(event))
                .append(' ')
                .append(LineFormat.level(event))
                .append(' ')
                .append(logger, logger.lastIndexOf('.') + 1, logger.length())
                .append(": ")
                .append(LineFormat.message(event));
        LineFormat.keys(
                (key, value) -> to.append(' ').append(key.word()).append('=').append(value));
        if (event.getThrown() != null) {
            to.append('\n').append(LineFormat.stack(event.getThrown()));
        }
    }
}
