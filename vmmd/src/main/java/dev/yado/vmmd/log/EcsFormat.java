package dev.yado.vmmd.log;

import java.util.logging.LogRecord;

/** Elastic Common Schema, one object in one line; the keys stand at the top level, as in the controller's log. */
final class EcsFormat implements LineFormat {
    private static final long PID = ProcessHandle.current().pid();

    @Override
    public void write(LogRecord event, StringBuilder to) {
        to.append("{\"@timestamp\":\"").append(LineFormat.time(event)).append("\",\"log\":{\"level\":\"");
        to.append(LineFormat.level(event)).append("\",\"logger\":");
        quote(String.valueOf(event.getLoggerName()), to);
        to.append("},\"process\":{\"pid\":").append(PID).append(",\"thread\":{\"name\":");
        quote(Thread.currentThread().getName(), to);
        to.append("}},\"service\":{\"name\":\"vmmd\"},\"message\":");
        quote(LineFormat.message(event), to);
        LineFormat.keys((key, value) -> {
            to.append(",\"").append(key.word()).append("\":");
            quote(value, to);
        });
        Throwable thrown = event.getThrown();
        if (thrown != null) {
            to.append(",\"error\":{\"type\":");
            quote(thrown.getClass().getName(), to);
            to.append(",\"message\":");
            quote(String.valueOf(thrown.getMessage()), to);
            to.append(",\"stack_trace\":");
            quote(LineFormat.stack(thrown), to);
            to.append('}');
        }
        to.append(",\"ecs\":{\"version\":\"8.11\"}}");
    }

    private static void quote(String text, StringBuilder to) {
        to.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> to.append("\\\"");
                case '\\' -> to.append("\\\\");
                case '\n' -> to.append("\\n");
                case '\r' -> to.append("\\r");
                case '\t' -> to.append("\\t");
                default -> {
                    if (c < 0x20 || c == 0x7f) {
                        to.append("\\u00")
                                .append(Character.forDigit(c >> 4, 16))
                                .append(Character.forDigit(c & 15, 16));
                    } else {
                        to.append(c);
                    }
                }
            }
        }
        to.append('"');
    }
}
