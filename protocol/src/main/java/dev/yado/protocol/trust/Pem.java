package dev.yado.protocol.trust;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** RFC 7468: bytes between two lines that say what they are. */
public final class Pem {
    static final String CERTIFICATE = "CERTIFICATE";
    static final String PRIVATE_KEY = "PRIVATE KEY";
    private static final String REQUEST = "CERTIFICATE REQUEST";
    private static final int LINE = 64;

    private Pem() {}

    public static String of(X509Certificate certificate) {
        try {
            return encode(CERTIFICATE, certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the certificate has no encoding", e);
        }
    }

    /** @param der as in RFC 5915 */
    public static String ofEcKey(byte[] der) {
        return encode("EC PRIVATE KEY", der);
    }

    /** @throws CertificateException when the text is not exactly one certificate */
    public static X509Certificate certificate(String text) throws CertificateException {
        List<byte[]> found = decode(CERTIFICATE, text);
        if (found.size() != 1) {
            throw new CertificateException("expected one certificate, found " + found.size());
        }
        return certificate(found.getFirst());
    }

    static X509Certificate certificate(byte[] der) throws CertificateException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    }

    static String request(byte[] der) {
        return encode(REQUEST, der);
    }

    /** The DER of a signing request. @throws IllegalArgumentException when the text is not exactly one */
    public static byte[] request(String text) {
        List<byte[]> found = decode(REQUEST, text);
        if (found.size() != 1) {
            throw new IllegalArgumentException("the signing request is not one PEM block named " + REQUEST);
        }
        return found.getFirst();
    }

    static String encode(String what, byte[] der) {
        String body = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n";
    }

    static List<byte[]> decode(String what, String text) {
        Matcher blocks = Pattern.compile("-----BEGIN " + what + "-----([A-Za-z0-9+/=\\s]*)-----END " + what + "-----")
                .matcher(text);
        List<byte[]> found = new ArrayList<>();
        while (blocks.find()) {
            found.add(Base64.getMimeDecoder().decode(blocks.group(1).getBytes(StandardCharsets.US_ASCII)));
        }
        return found;
    }
}
