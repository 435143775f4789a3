package dev.yado.api;

import dev.yado.protocol.ErrorCode;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.web.filter.OncePerRequestFilter;

/** Metrics are for whoever has the token for scrapers or the administrator's. */
@Configuration(proxyBeanMethods = false)
class MetricsSecurity {
    private static final String BEARER = "Bearer ";

    @Bean
    @Order(0)
    SecurityFilterChain scrapeSecurity(HttpSecurity http, ScrapeToken scrapers, TokenIntrospector tokens) {
        return http.securityMatcher("/actuator/prometheus")
                .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .csrf(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .anonymous(AbstractHttpConfigurer::disable)
                .addFilterBefore(new ScrapeFilter(scrapers, tokens), AuthorizationFilter.class)
                .authorizeHttpRequests(calls -> calls.anyRequest().permitAll())
                .build();
    }

    /** Times of each single security filter would cost every call and tell nobody anything. */
    @Bean
    SecurityObservationSettings noTimesOfFilters() {
        return SecurityObservationSettings.noObservations();
    }

    private static final class ScrapeFilter extends OncePerRequestFilter {
        private final ScrapeToken scrapers;
        private final TokenIntrospector tokens;

        ScrapeFilter(ScrapeToken scrapers, TokenIntrospector tokens) {
            this.scrapers = scrapers;
            this.tokens = tokens;
        }

        @Override
        protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            String header = request.getHeader(HttpHeaders.AUTHORIZATION);
            Optional<Token> sent = header != null && header.startsWith(BEARER)
                    ? Token.parse(header.substring(BEARER.length()))
                    : Optional.empty();
            if (sent.filter(token -> scrapers.matches(token) || isAdministrators(token))
                    .isPresent()) {
                chain.doFilter(request, response);
                return;
            }
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"yado\"");
            Problems.send(
                    response,
                    Problems.of(
                            ErrorCode.UNAUTHENTICATED,
                            "metrics are for the token in the controller's metrics-token file, or the administrator's"));
        }

        private boolean isAdministrators(Token token) {
            try {
                return ((TokenIntrospector.Principal) tokens.introspect(token.reveal()))
                        .caller()
                        .isAdministrator();
            } catch (BadOpaqueTokenException e) {
                return false;
            }
        }
    }
}
