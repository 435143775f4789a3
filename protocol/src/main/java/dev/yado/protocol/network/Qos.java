package dev.yado.protocol.network;

import org.jspecify.annotations.Nullable;

/** Limits of a card in kbit/s; null: none. {@code in} is towards the guest. */
public record Qos(@Nullable Integer inKbits, @Nullable Integer outKbits) {}
