package dev.yado.network;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of making the host as it is wanted.
 *
 * @param problem why it is not (wholly) enforced, for people; null: it is
 * @param changed what had to be made, changed or taken away, in that order; empty: the host was as wanted. After the first call for
 *     a new content it is what is new; when the content has not changed, it is what was mended
 */
public record Applied(@Nullable String problem, List<Difference> changed) {
    public Applied {
        changed = List.copyOf(changed);
    }
}
