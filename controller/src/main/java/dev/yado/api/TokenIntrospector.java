package dev.yado.api;

import dev.yado.protocol.TenantId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.oauth2.core.OAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.stereotype.Component;

/** Finds whose a token is. Every call asks the database, so that a revoked token ends at once. */
@Component
final class TokenIntrospector implements OpaqueTokenIntrospector {
    private static final UUID NO_TENANT = new UUID(0, 0);
    private final JdbcClient jdbc;

    TokenIntrospector(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public OAuth2AuthenticatedPrincipal introspect(String text) {
        Token token = Token.parse(text)
                .orElseThrow(() -> new BadOpaqueTokenException("this does not have the form of a Yado token"));
        UUID tenant = jdbc.sql("SELECT coalesce(tenant_id, :none) FROM token WHERE hash = :hash")
                .param("none", NO_TENANT)
                .param("hash", token.hash())
                .query(UUID.class)
                .optional()
                .orElseThrow(() -> new BadOpaqueTokenException("the token is unknown or was revoked"));
        return new Principal(
                tenant.equals(NO_TENANT) ? new Caller.Administrator(null) : new Caller.Tenant(new TenantId(tenant)));
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
