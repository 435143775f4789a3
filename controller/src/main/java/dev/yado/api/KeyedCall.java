package dev.yado.api;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A call with an Idempotency-Key.
 *
 * @param id whose key it is: two callers' equal keys are different keys
 * @param hash of what the call asks for: method, address, body, and the tenant that it acts for
 * @param words the call for people, such as {@code POST /v1/vms}
 * @param token the caller's bearer token as it came; never stored
 */
record KeyedCall(Id id, byte[] hash, String words, String token) {
    static final String HEADER = "Idempotency-Key";
    private static final UUID NO_TENANT = new UUID(0, 0);
    private static final Pattern FORM = Pattern.compile("[\\x21-\\x7e]{1,255}");

    record Id(UUID scope, String key) {}

    /**
     * @param body what stands for the body: the body itself, or for an upload what its headers say of it
     * @throws YadoException {@code INVALID_REQUEST} for a key that is none
     */
    static KeyedCall of(HttpServletRequest request, Caller caller, byte[] body) {
        String key = request.getHeader(HEADER);
        if (key == null || !FORM.matcher(key).matches()) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "the header " + HEADER
                            + " takes 1 to 255 printable ASCII characters without blanks, best a random UUID");
        }
        UUID tenant = caller.tenant().map(id -> id.value()).orElse(NO_TENANT);
        String words = request.getMethod() + " " + request.getRequestURI();
        MessageDigest digest = sha256();
        digest.update((words + "?" + request.getQueryString() + "\n" + caller.isAdministrator() + "\n" + tenant + "\n")
                .getBytes(StandardCharsets.UTF_8));
        byte[] hash = digest.digest(body);
        return new KeyedCall(new Id(tenant, key), hash, words, String.valueOf(request.getHeader("Authorization")));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Not the token: it may end in a log. */
    @Override
    public String toString() {
        return words + " with the key " + id.key();
    }
}
