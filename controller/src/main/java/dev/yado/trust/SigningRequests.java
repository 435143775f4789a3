package dev.yado.trust;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.trust.Pem;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/** Reads PKCS#10. Nothing of it is believed but the key, whose possession it proves. */
final class SigningRequests {
    private static final int FIELD_BITS = 256;
    private static final int LONGEST = 8 << 10;

    private SigningRequests() {}

    /** @throws YadoException {@code INVALID_REQUEST} unless it is a P-256 key signed by itself */
    static PublicKey key(String pem) {
        if (pem.length() > LONGEST) {
            throw invalid("the signing request is too long", null);
        }
        try {
            JcaPKCS10CertificationRequest request = new JcaPKCS10CertificationRequest(Pem.request(pem));
            PublicKey key = request.getPublicKey();
            if (!(key instanceof ECPublicKey point)
                    || point.getParams().getCurve().getField().getFieldSize() != FIELD_BITS) {
                throw invalid("the signing request's key is not of the curve P-256", null);
            }
            if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw invalid("the signing request is not signed by its own key", null);
            }
            return key;
        } catch (IOException
                | GeneralSecurityException
                | OperatorCreationException
                | PKCSException
                | IllegalArgumentException e) {
            throw invalid("the signing request is not PKCS#10 in PEM", e);
        }
    }

    private static YadoException invalid(String detail, @org.jspecify.annotations.Nullable Exception cause) {
        return cause == null
                ? new YadoException(ErrorCode.INVALID_REQUEST, detail)
                : new YadoException(ErrorCode.INVALID_REQUEST, detail, cause);
    }
}
