package dev.yado.event;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where an event stands among all: its text is the id that a watcher resumes from. */
record EventPlace(long transaction, long sequence) implements Comparable<EventPlace> {
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,18})-([0-9]{1,19})");
    private static final Comparator<EventPlace> ORDER =
            Comparator.comparingLong(EventPlace::transaction).thenComparingLong(EventPlace::sequence);

    /** @throws YadoException {@code INVALID_CURSOR} for what no event has as id */
    static EventPlace parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (matcher.matches()) {
            try {
                return new EventPlace(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
            } catch (NumberFormatException e) {
                throw refusal(e);
            }
        }
        throw refusal(null);
    }

    private static YadoException refusal(@org.jspecify.annotations.Nullable Throwable cause) {
        String detail = "the id to resume from is not one that an event had; begin again without it";
        return cause == null
                ? new YadoException(ErrorCode.INVALID_CURSOR, detail)
                : new YadoException(ErrorCode.INVALID_CURSOR, detail, cause);
    }

    @Override
    public int compareTo(EventPlace other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return transaction + "-" + sequence;
    }
}
