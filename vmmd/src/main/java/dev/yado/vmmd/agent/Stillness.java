package dev.yado.vmmd.agent;

import org.jspecify.annotations.Nullable;

/**
 * How still a guest's file systems were.
 *
 * @param whyNot as a sentence; null: they were, from before what was done until after it
 * @param millis for how long it was kept from writing, as far as that is known; null: it was not
 */
public record Stillness(@Nullable String whyNot, @Nullable Double millis) {
    static Stillness not(String why) {
        return new Stillness(why, null);
    }
}
