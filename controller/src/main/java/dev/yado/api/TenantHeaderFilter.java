package dev.yado.api;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/** Carries out the header X-Yado-Tenant: with it the administrator acts for a tenant, named by its id or name. */
final class TenantHeaderFilter extends OncePerRequestFilter {
    static final String HEADER = "X-Yado-Tenant";
    private final JdbcClient jdbc;

    TenantHeaderFilter(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String asked = request.getHeader(HEADER);
        if (asked != null
                && SecurityContextHolder.getContext().getAuthentication() instanceof CallerAuthentication present) {
            var context = SecurityContextHolder.createEmptyContext();
            context.setAuthentication(new CallerAuthentication(actingFor(present.getPrincipal(), asked)));
            SecurityContextHolder.setContext(context);
        }
        chain.doFilter(request, response);
    }

    private Caller actingFor(Caller caller, String asked) {
        @Nullable TenantId named = find(asked).orElse(null);
        return switch (caller) {
            case Caller.Administrator _ when named != null -> new Caller.Administrator(named);
            case Caller.Administrator _ ->
                throw new YadoException(
                        ErrorCode.NOT_FOUND, HEADER + " names no tenant: there is none with this id or name");
            case Caller.Tenant tenant when tenant.id().equals(named) -> tenant;
            case Caller.Tenant _ ->
                throw new YadoException(
                        ErrorCode.FORBIDDEN, "only the administrator acts for another tenant by " + HEADER);
        };
    }

    private Optional<TenantId> find(String idOrName) {
        return jdbc.sql(
                        "SELECT id FROM tenant WHERE id::text = lower(:asked) OR name = :asked ORDER BY name = :asked LIMIT 1")
                .param("asked", idOrName)
                .query(UUID.class)
                .optional()
                .map(TenantId::new);
    }
}
