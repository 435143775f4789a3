package dev.yado.operation;

import org.jspecify.annotations.Nullable;

/**
 * One candidate's answer when an operation looked for a place.
 *
 * @param rule what refused it, or what decided when it fits
 */
public record Verdict(
        String host,
        boolean fits,
        String rule,
        @Nullable String needed,
        @Nullable String available,
        String detail,
        @Nullable Double score) {}
