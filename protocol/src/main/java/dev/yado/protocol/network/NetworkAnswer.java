package dev.yado.protocol.network;

import org.jspecify.annotations.Nullable;

/**
 * What came of giving a host a network or a router.
 *
 * @param generation the newest that the host holds
 * @param problem why it is not (wholly) carried though accepted, for people; null: it is enforced in the kernel as asked
 */
public record NetworkAnswer(long generation, @Nullable String problem) {}
