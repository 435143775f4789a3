package dev.yado.trust;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** The CA's key as the database has it: AES-256-GCM, bound to the CA's certificate. Nonce, then ciphertext. */
record SealedKey(byte[] bytes) {
    static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    static SealedKey seal(PrivateKey key, X509Certificate certificate, byte[] with) throws GeneralSecurityException {
        byte[] nonce = new byte[NONCE_BYTES];
        new SecureRandom().nextBytes(nonce);
        byte[] hidden = cipher(Cipher.ENCRYPT_MODE, nonce, certificate, with).doFinal(key.getEncoded());
        byte[] bytes = Arrays.copyOf(nonce, NONCE_BYTES + hidden.length);
        System.arraycopy(hidden, 0, bytes, NONCE_BYTES, hidden.length);
        return new SealedKey(bytes);
    }

    /** @throws GeneralSecurityException when it was sealed with another key, for another certificate, or changed */
    PrivateKey open(X509Certificate certificate, byte[] with) throws GeneralSecurityException {
        byte[] nonce = Arrays.copyOf(bytes, NONCE_BYTES);
        byte[] plain = cipher(Cipher.DECRYPT_MODE, nonce, certificate, with)
                .doFinal(bytes, NONCE_BYTES, bytes.length - NONCE_BYTES);
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(plain));
    }

    private static Cipher cipher(int mode, byte[] nonce, X509Certificate certificate, byte[] with)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(with, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(certificate.getEncoded());
        return cipher;
    }
}
