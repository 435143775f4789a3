package dev.yado.vm;

import dev.yado.api.IfMatch;
import org.jspecify.annotations.Nullable;

/**
 * What a caller ties a change to: it is carried out while these hold, or not at all.
 *
 * @param plan null: it was not planned
 */
record Conditions(IfMatch version, @Nullable Terms plan) {
    static final Conditions NONE = new Conditions(IfMatch.ANY, null);
}
