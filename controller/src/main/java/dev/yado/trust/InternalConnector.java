package dev.yado.trust;

import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManager;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.tomcat.util.net.SSLContext;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.apache.tomcat.util.threads.VirtualThreadExecutor;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/**
 * The port for machines. TLS takes a valid certificate or none, because a machine that joins has none yet; every path but that one
 * needs one, which {@link MachineCalls} sees to.
 */
@Component
public class InternalConnector implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
    private static final String HTTP_11 = "org.apache.coyote.http11.Http11NioProtocol";
    private static final int TIMEOUT_MILLIS = 20_000;
    private final InternalSettings settings;
    private final ControllerIdentity identity;
    private @Nullable Connector connector;

    InternalConnector(InternalSettings settings, ControllerIdentity identity) {
        this.settings = settings;
        this.identity = identity;
    }

    /** The real port, also where any was asked for; -1 before it listens. */
    public int port() {
        return connector == null ? -1 : connector.getLocalPort();
    }

    @Override
    public void customize(TomcatServletWebServerFactory factory) {
        Connector made = new Connector(HTTP_11);
        made.setPort(settings.port());
        made.setSecure(true);
        made.setScheme("https");
        made.setThrowOnFailure(true);
        AbstractHttp11Protocol<?> protocol = (AbstractHttp11Protocol<?>) made.getProtocolHandler();
        protocol.setAddress(settings.address());
        protocol.setSSLEnabled(true);
        protocol.setExecutor(new VirtualThreadExecutor("internal-"));
        protocol.setMaxKeepAliveRequests(-1);
        protocol.setConnectionTimeout(TIMEOUT_MILLIS);
        protocol.setKeepAliveTimeout(3 * TIMEOUT_MILLIS);
        SSLHostConfig tls = new SSLHostConfig();
        tls.setProtocols("TLSv1.3");
        tls.setCertificateVerification("optional");
        SSLHostConfigCertificate own = new SSLHostConfigCertificate(tls, SSLHostConfigCertificate.Type.EC);
        own.setSslContext(new RotatingContext());
        tls.addCertificate(own);
        made.addSslHostConfig(tls);
        factory.addAdditionalConnectors(made);
        connector = made;
    }

    /** Tomcat's view of a context that shows the newest certificate by itself. */
    private final class RotatingContext implements SSLContext {
        private final javax.net.ssl.SSLContext context = identity.tls().server();

        @Override
        public void init(KeyManager[] keys, TrustManager[] trust, SecureRandom random) {
            // It is made whole.
        }

        @Override
        public void destroy() {
            // It belongs to the identity.
        }

        @Override
        public SSLSessionContext getServerSessionContext() {
            return context.getServerSessionContext();
        }

        @Override
        public SSLEngine createSSLEngine() {
            return context.createSSLEngine();
        }

        @Override
        public SSLServerSocketFactory getServerSocketFactory() {
            return context.getServerSocketFactory();
        }

        @Override
        public SSLParameters getSupportedSSLParameters() {
            return context.getSupportedSSLParameters();
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return new X509Certificate[] {identity.tls().identity().certificate()};
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[] {identity.tls().identity().ca()};
        }
    }
}
