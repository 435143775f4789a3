package dev.yado.trust;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.trust.Machine;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Every internal call needs a valid, unrevoked certificate, and one whose path names a host the certificate of who may speak for it.
 * Only joining needs none: it is proven by a token.
 */
@Configuration(proxyBeanMethods = false)
class MachineCalls {
    static final String JOIN = PortRules.INTERNAL + "v1/join";
    private static final Pattern OF_HOST = Pattern.compile("/internal/v\\d+/hosts/([^/]*)(/.*)?");
    private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

    @Bean
    @Order(1)
    SecurityFilterChain machineSecurity(
            HttpSecurity http, ControllerIdentity identity, Revocations revocations, Speakers speakers) {
        return http.securityMatcher(PortRules.INTERNAL + "**")
                .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .csrf(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .anonymous(AbstractHttpConfigurer::disable)
                .addFilterBefore(new CertificateFilter(identity, revocations, speakers), AuthorizationFilter.class)
                .authorizeHttpRequests(calls -> calls.anyRequest().permitAll())
                .build();
    }

    private static final class CertificateFilter extends OncePerRequestFilter {
        private final ControllerIdentity identity;
        private final Revocations revocations;
        private final Speakers speakers;

        CertificateFilter(ControllerIdentity identity, Revocations revocations, Speakers speakers) {
            this.identity = identity;
            this.revocations = revocations;
            this.speakers = speakers;
        }

        @Override
        protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            String path = request.getServletPath();
            if (!path.equals(JOIN)) {
                Speaker speaker = speaker(request);
                Matcher ofHost = OF_HOST.matcher(path);
                if (ofHost.matches()) {
                    speakers.check(speaker.machine(), hostIn(ofHost.group(1)));
                }
                speaker.in(request);
            }
            chain.doFilter(request, response);
        }

        private Speaker speaker(HttpServletRequest request) {
            if (!(request.getAttribute(CERTIFICATES) instanceof X509Certificate[] chain) || chain.length == 0) {
                throw new YadoException(
                        ErrorCode.CERTIFICATE_REFUSED, "this call is for hosts, and it came without a certificate");
            }
            try {
                Machine machine = identity.tls().peer(chain[0]);
                if (revocations.has(chain[0])) {
                    throw new YadoException(
                            ErrorCode.CERTIFICATE_REFUSED, "the certificate of " + machine + " was revoked");
                }
                return Speaker.of(machine, chain[0]);
            } catch (CertificateException e) {
                throw new YadoException(ErrorCode.CERTIFICATE_REFUSED, String.valueOf(e.getMessage()), e);
            }
        }

        private static UUID hostIn(String text) {
            try {
                return UUID.fromString(text);
            } catch (IllegalArgumentException e) {
                throw new YadoException(ErrorCode.NOT_FOUND, "the path names no host", e);
            }
        }
    }
}
