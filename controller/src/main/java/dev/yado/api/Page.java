package dev.yado.api;

import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** @param nextCursor null on the last page */
public record Page<T>(List<T> items, @Nullable String nextCursor) {
    public Page {
        items = List.copyOf(items);
    }

    /** @param rows up to {@link PageRequest#rowsToRead()} rows in the list's order, all after {@link PageRequest#after()} */
    public static <T> Page<T> of(PageRequest request, List<T> rows, Function<T, UUID> id) {
        if (rows.size() <= request.limit()) {
            return new Page<>(rows, null);
        }
        List<T> items = rows.subList(0, request.limit());
        return new Page<>(items, request.cursorAfter(id.apply(items.getLast())));
    }

    public <R> Page<R> map(Function<T, R> convert) {
        return new Page<>(items.stream().map(convert).toList(), nextCursor);
    }
}
