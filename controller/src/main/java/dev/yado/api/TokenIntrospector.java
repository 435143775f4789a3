package dev.yado.api;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.oauth2.core.OAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.stereotype.Component;

/** Tells Spring Security whose a token is. */
@Component
final class TokenIntrospector implements OpaqueTokenIntrospector {
    private final KnownTokens tokens;

    TokenIntrospector(KnownTokens tokens) {
        this.tokens = tokens;
    }

    @Override
    public OAuth2AuthenticatedPrincipal introspect(String text) {
        return tokens.callerOf(text)
                .map(Principal::new)
                .orElseThrow(() -> new BadOpaqueTokenException("the token is unknown or was revoked"));
    }

    record Principal(Caller caller) implements OAuth2AuthenticatedPrincipal {
        @Override
        public Map<String, Object> getAttributes() {
            return Map.of();
        }

        @Override
        public Collection<? extends GrantedAuthority> getAuthorities() {
            return List.of();
        }

        @Override
        public String getName() {
            return switch (caller) {
                case Caller.Administrator _ -> "administrator";
                case Caller.Tenant tenant -> "tenant " + tenant.id();
            };
        }
    }
}
