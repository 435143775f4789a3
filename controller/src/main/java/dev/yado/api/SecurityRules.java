package dev.yado.api;

import dev.yado.protocol.ErrorCode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.transaction.PlatformTransactionManager;

/** Callers need a token, nobody any for the health of the controller. What machines need is in {@code dev.yado.trust}. */
@Configuration(proxyBeanMethods = false)
class SecurityRules {

    @Bean
    @Order(2)
    SecurityFilterChain tokenSecurity(
            HttpSecurity http,
            TokenIntrospector tokens,
            JdbcClient jdbc,
            ApiSettings settings,
            IdempotencyRows keys,
            PlatformTransactionManager transactions) {
        return withoutSessions(http)
                .oauth2ResourceServer(server -> server.authenticationEntryPoint(SecurityRules::refuse)
                        .opaqueToken(opaque -> opaque.introspector(tokens)
                                .authenticationConverter((token, principal) ->
                                        new CallerAuthentication(((TokenIntrospector.Principal) principal).caller()))))
                .addFilterAfter(new TenantHeaderFilter(jdbc), BearerTokenAuthenticationFilter.class)
                .addFilterAfter(new RateLimitFilter(settings), TenantHeaderFilter.class)
                .addFilterAfter(new IdempotencyFilter(keys, transactions), RateLimitFilter.class)
                .exceptionHandling(on -> on.authenticationEntryPoint(SecurityRules::refuse))
                .authorizeHttpRequests(
                        calls -> calls.requestMatchers("/actuator/health", "/actuator/health/**", "/error")
                                .permitAll()
                                .anyRequest()
                                .authenticated())
                .build();
    }

    /** Refused addresses and headers become problems as all other failures do. */
    @Bean
    RequestRejectedHandler refusedByFirewall() {
        return (request, response, refusal) -> {
            throw refusal;
        };
    }

    private static HttpSecurity withoutSessions(HttpSecurity http) {
        return http.sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                // Nothing is proven by cookies, so there is nothing to forge.
                .csrf(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .anonymous(AbstractHttpConfigurer::disable);
    }

    private static void refuse(HttpServletRequest request, HttpServletResponse response, AuthenticationException why)
            throws IOException {
        boolean tokenSent = request.getHeader(HttpHeaders.AUTHORIZATION) != null;
        response.setHeader(
                HttpHeaders.WWW_AUTHENTICATE,
                tokenSent ? "Bearer realm=\"yado\", error=\"invalid_token\"" : "Bearer realm=\"yado\"");
        Problems.send(
                response,
                Problems.of(
                        ErrorCode.UNAUTHENTICATED,
                        tokenSent
                                ? "the Authorization header holds no valid token: it is unknown, was revoked or is not of the form Bearer TOKEN"
                                : "the call has no token"));
    }
}
