package dev.yado.vmmd.move;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import javax.security.auth.x500.X500Principal;

/** Writes X.509 certificates: the JDK has no writer for them, and the daemon starts without a cryptographic library of its own. */
final class Der {
    private static final int BOOLEAN = 0x01;
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OCTET_STRING = 0x04;
    private static final int OBJECT_ID = 0x06;
    private static final int SEQUENCE = 0x30;
    private static final int GENERALIZED_TIME = 0x18;
    private static final int DNS_NAME = 0x82;
    private static final int VERSION = 0xA0;
    private static final int EXTENSIONS = 0xA3;
    /** 1.2.840.10045.4.3.2 */
    private static final byte[] ECDSA_WITH_SHA256 = {0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 0x04, 0x03, 0x02};

    /** 1.2.840.10045.3.1.7 */
    private static final byte[] P256 = {0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 0x03, 0x01, 0x07};

    private static final int P256_BYTES = 32;
    private static final int CURVE = 0xA0;
    private static final int POINT = 0xA1;
    private static final byte[] KEY_USAGE = {0x55, 0x1D, 0x0F};
    private static final byte[] SUBJECT_ALTERNATIVE_NAME = {0x55, 0x1D, 0x11};
    private static final byte[] BASIC_CONSTRAINTS = {0x55, 0x1D, 0x13};
    private static final byte[] TRUE = {(byte) 0xFF};
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Der() {}

    /** @param from inclusive @param until inclusive */
    record Validity(Instant from, Instant until) {}

    static byte[] authority(X500Principal name, PublicKey key, PrivateKey own, Validity validity)
            throws GeneralSecurityException {
        byte[] extensions = tagged(
                SEQUENCE,
                extension(BASIC_CONSTRAINTS, tagged(SEQUENCE, tagged(BOOLEAN, TRUE))),
                // to sign certificates
                extension(KEY_USAGE, tagged(BIT_STRING, new byte[] {0x02, 0x04})));
        return signed(name, name, key, own, validity, extensions);
    }

    /** For both ends of a connection. */
    static byte[] leaf(X500Principal issuer, String dnsName, PublicKey key, PrivateKey authority, Validity validity)
            throws GeneralSecurityException {
        byte[] name = tagged(DNS_NAME, dnsName.getBytes(StandardCharsets.US_ASCII));
        byte[] extensions = tagged(
                SEQUENCE,
                extension(BASIC_CONSTRAINTS, tagged(SEQUENCE)),
                // to sign handshakes
                extension(KEY_USAGE, tagged(BIT_STRING, new byte[] {0x07, (byte) 0x80})),
                extension(SUBJECT_ALTERNATIVE_NAME, tagged(SEQUENCE, name)));
        return signed(issuer, new X500Principal("CN=" + dnsName), key, authority, validity, extensions);
    }

    /** As in RFC 5915, with its public half, which QEMU's TLS does not compute by itself. */
    static byte[] key(ECPrivateKey key, PublicKey of) {
        byte[] number = key.getS().toByteArray();
        byte[] padded = new byte[P256_BYTES];
        int length = Math.min(number.length, P256_BYTES);
        System.arraycopy(number, number.length - length, padded, P256_BYTES - length, length);
        byte[] encoded = of.getEncoded();
        byte[] point = Arrays.copyOfRange(encoded, encoded.length - 2 * P256_BYTES - 1, encoded.length);
        return tagged(
                SEQUENCE,
                tagged(INTEGER, new byte[] {1}),
                tagged(OCTET_STRING, padded),
                tagged(CURVE, tagged(OBJECT_ID, P256)),
                tagged(POINT, tagged(BIT_STRING, new byte[] {0}, point)));
    }

    private static byte[] signed(
            X500Principal issuer,
            X500Principal subject,
            PublicKey key,
            PrivateKey signer,
            Validity validity,
            byte[] extensions)
            throws GeneralSecurityException {
        byte[] algorithm = tagged(SEQUENCE, tagged(OBJECT_ID, ECDSA_WITH_SHA256));
        byte[] serial = new BigInteger(120, new java.security.SecureRandom())
                .setBit(119)
                .toByteArray();
        byte[] content = tagged(
                SEQUENCE,
                tagged(VERSION, tagged(INTEGER, new byte[] {2})),
                tagged(INTEGER, serial),
                algorithm,
                issuer.getEncoded(),
                tagged(SEQUENCE, time(validity.from()), time(validity.until())),
                subject.getEncoded(),
                key.getEncoded(),
                tagged(EXTENSIONS, extensions));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(signer);
        signature.update(content);
        return tagged(SEQUENCE, content, algorithm, tagged(BIT_STRING, new byte[] {0}, signature.sign()));
    }

    private static byte[] time(Instant instant) {
        return tagged(GENERALIZED_TIME, TIME.format(instant).getBytes(StandardCharsets.US_ASCII));
    }

    /** A critical one. */
    private static byte[] extension(byte[] id, byte[] value) {
        return tagged(SEQUENCE, tagged(OBJECT_ID, id), tagged(BOOLEAN, TRUE), tagged(OCTET_STRING, value));
    }

    private static byte[] tagged(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(tag);
        int length = content.size();
        if (length > 0xFF) {
            whole.write(0x82);
            whole.write(length >> 8);
        } else if (length > 0x7F) {
            whole.write(0x81);
        }
        whole.write(length);
        whole.writeBytes(content.toByteArray());
        return whole.toByteArray();
    }
}
