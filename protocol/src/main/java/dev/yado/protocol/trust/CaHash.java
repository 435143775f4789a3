package dev.yado.protocol.trust;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** What an operator carries from the controller to a new host, so that the host knows the controller: {@code sha256:<64 digits>}. */
public record CaHash(String text) {
    private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}");

    /** @throws IllegalArgumentException when it is no such hash */
    public CaHash {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("a CA hash is sha256: and 64 hexadecimal digits, not " + text);
        }
    }

    public static CaHash of(X509Certificate ca) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(ca.getEncoded());
            return new CaHash("sha256:" + HexFormat.of().formatHex(digest));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("SHA-256 of a certificate cannot be computed", e);
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
