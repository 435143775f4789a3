package dev.yado.protocol.trust;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import javax.security.auth.x500.X500Principal;

/**
 * A fresh P-256 key and the PKCS#10 request that proves its possession. Written by hand: the JDK has no writer for it, and the
 * daemon starts without a cryptographic library of its own.
 */
record SigningRequest(KeyPair keys, String pem) {
    private static final int SEQUENCE = 0x30;
    private static final int BIT_STRING = 0x03;
    private static final int ATTRIBUTES = 0xA0;
    private static final byte[] VERSION_1 = {0x02, 0x01, 0x00};
    /** 1.2.840.10045.4.3.2 */
    private static final byte[] ECDSA_WITH_SHA256 = {
        0x06, 0x08, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 0x04, 0x03, 0x02
    };

    /** The subject is for people; the controller takes only the key from it. */
    static SigningRequest fresh(Machine machine) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair keys = generator.generateKeyPair();
            byte[] info = tagged(
                    SEQUENCE,
                    VERSION_1,
                    new X500Principal("CN=" + machine.urn()).getEncoded(),
                    keys.getPublic().getEncoded(),
                    tagged(ATTRIBUTES));
            Signature signer = Signature.getInstance("SHA256withECDSA");
            signer.initSign(keys.getPrivate());
            signer.update(info);
            byte[] der = tagged(
                    SEQUENCE,
                    info,
                    tagged(SEQUENCE, ECDSA_WITH_SHA256),
                    tagged(BIT_STRING, new byte[] {0}, signer.sign()));
            return new SigningRequest(keys, Pem.request(der));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no P-256 with SHA-256", e);
        }
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

    /** Never the key. */
    @Override
    public String toString() {
        return "SigningRequest[hidden]";
    }
}
