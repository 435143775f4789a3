package dev.yado.vm;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.YadoException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a plan rests on, as its token carries it.
 *
 * @param call which call was planned, by its digest
 * @param generation of the VM; 0 for one that is to be made
 * @param host where it is to be placed; null when the plan places nothing
 */
record Terms(String call, long generation, @Nullable HostId host) {
    private static final String NO_HOST = "-";

    /** Stands for a call: the same for the same records only. */
    static String digest(String words) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(words.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    String text() {
        HostId chosen = host;
        return generation + " " + (chosen == null ? NO_HOST : chosen.toString()) + " " + call;
    }

    /** @throws YadoException {@code INVALID_REQUEST} for the plan of another call */
    static Terms parse(String text, String call) {
        String[] parts = text.split(" ", 3);
        if (parts.length != 3 || !parts[2].equals(call)) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST, "the plan in X-Yado-Plan is that of another call, or of another body");
        }
        return new Terms(
                call,
                Long.parseLong(parts[0]),
                parts[1].equals(NO_HOST) ? null : new HostId(UUID.fromString(parts[1])));
    }

    static YadoException stale(String moved) {
        return new YadoException(ErrorCode.PLAN_STALE, "the plan no longer holds: " + moved);
    }
}
