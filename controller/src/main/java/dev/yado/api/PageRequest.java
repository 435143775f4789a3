package dev.yado.api;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a list is asked for. Lists are in the order of their UUIDv7 ids, so a page is found by an index however long the
 * list is, and objects that come or go meanwhile neither repeat nor hide others.
 *
 * @param list which list it is: a cursor of one list is refused by another
 * @param after the last id of the page before; null for the first page
 */
public record PageRequest(String list, int limit, @Nullable UUID after) {
    private static final String VERSION = "1";

    /** @throws YadoException {@code INVALID_CURSOR} for what is not a cursor of this list */
    public static PageRequest of(String list, @Nullable Integer limit, @Nullable String cursor) {
        return new PageRequest(list, limit == null ? 100 : limit, cursor == null ? null : decode(list, cursor));
    }

    /** How many rows to read: one more than the page has tells whether there is a next page. */
    public int rowsToRead() {
        return limit + 1;
    }

    String cursorAfter(UUID id) {
        String text = VERSION + ":" + list + ":" + id;
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static UUID decode(String list, String cursor) {
        try {
            String[] parts =
                    new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.US_ASCII).split(":", -1);
            if (parts.length == 3 && parts[0].equals(VERSION) && parts[1].equals(list)) {
                UUID id = UUID.fromString(parts[2]);
                if (id.toString().equals(parts[2])) {
                    return id;
                }
            }
        } catch (IllegalArgumentException notACursor) {
            throw refusal(list, notACursor);
        }
        throw refusal(list, null);
    }

    private static YadoException refusal(String list, @Nullable Throwable cause) {
        String detail = "the cursor is not one that the list of " + list + " gave as nextCursor";
        return cause == null
                ? new YadoException(ErrorCode.INVALID_CURSOR, detail)
                : new YadoException(ErrorCode.INVALID_CURSOR, detail, cause);
    }
}
