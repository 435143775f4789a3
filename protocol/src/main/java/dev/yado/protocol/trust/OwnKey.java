package dev.yado.protocol.trust;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Shows the newest identity at each handshake. An alias names one certificate, because JSSE asks for the certificate and for its
 * key one after the other and the identity may be replaced in between.
 */
final class OwnKey extends X509ExtendedKeyManager {
    private static final String EC = "EC";
    private final Supplier<Identity> newest;
    private volatile @Nullable Identity shown;
    private volatile @Nullable Identity shownBefore;

    OwnKey(Supplier<Identity> newest) {
        this.newest = newest;
    }

    private synchronized String alias() {
        Identity identity = newest.get();
        if (shown != identity) {
            shownBefore = shown;
            shown = identity;
        }
        return alias(identity);
    }

    private static String alias(Identity identity) {
        return identity.certificate().getSerialNumber().toString();
    }

    private @Nullable Identity of(String alias) {
        for (Identity identity : new @Nullable Identity[] {shown, shownBefore}) {
            if (identity != null && alias(identity).equals(alias)) {
                return identity;
            }
        }
        return null;
    }

    @Override
    public @Nullable String chooseEngineServerAlias(String type, Principal @Nullable [] issuers, SSLEngine engine) {
        return type.equals(EC) ? alias() : null;
    }

    @Override
    public @Nullable String chooseServerAlias(String type, Principal @Nullable [] issuers, Socket socket) {
        return type.equals(EC) ? alias() : null;
    }

    @Override
    public @Nullable String chooseEngineClientAlias(String[] types, Principal @Nullable [] issuers, SSLEngine engine) {
        return Arrays.asList(types).contains(EC) ? alias() : null;
    }

    @Override
    public @Nullable String chooseClientAlias(String[] types, Principal @Nullable [] issuers, Socket socket) {
        return Arrays.asList(types).contains(EC) ? alias() : null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        Identity identity = of(alias);
        return identity == null ? null : new X509Certificate[] {identity.certificate(), identity.ca()};
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        Identity identity = of(alias);
        return identity == null ? null : identity.key();
    }

    @Override
    public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
        return new String[] {alias()};
    }

    @Override
    public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
        return new String[] {alias()};
    }
}
