package dev.yado.tenant;

import dev.yado.api.Caller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.Token;
import dev.yado.api.TokensEnded;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.UuidV7;
import dev.yado.protocol.YadoException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** Tokens of tenants. A tenant makes and revokes its own; the administrator those of all. */
@Service
class Tokens {
    private final JdbcClient jdbc;
    private final Tenants tenants;
    private final ApplicationEventPublisher events;

    Tokens(JdbcClient jdbc, Tenants tenants, ApplicationEventPublisher events) {
        this.jdbc = jdbc;
        this.events = events;
        this.tenants = tenants;
    }

    record View(UUID id, String name, Instant createdAt) {}

    record Made(View view, Token token) {}

    Made create(Caller caller, TenantId tenant, String name) {
        Tenants.View owner = tenants.get(caller, tenant);
        Token token = Token.random();
        try {
            View view = jdbc.sql("""
                    INSERT INTO token (id, tenant_id, name, hash) VALUES (:id, :tenant, :name, :hash)
                    RETURNING id, name, created_at
                    """)
                    .param("id", UuidV7.next())
                    .param("tenant", tenant.value())
                    .param("name", name)
                    .param("hash", token.hash())
                    .query(Tokens::view)
                    .single();
            return new Made(view, token);
        } catch (DuplicateKeyException taken) {
            throw new YadoException(
                    ErrorCode.NAME_TAKEN,
                    "the tenant " + owner.name() + " already has a token with the name " + name,
                    taken);
        }
    }

    Page<View> list(Caller caller, TenantId tenant, PageRequest page) {
        tenants.get(caller, tenant);
        List<View> rows = jdbc.sql("""
                SELECT id, name, created_at FROM token
                WHERE tenant_id = :tenant AND (:after::uuid IS NULL OR id > :after) ORDER BY id LIMIT :limit
                """)
                .param("tenant", tenant.value())
                .param("after", page.after())
                .param("limit", page.rowsToRead())
                .query(Tokens::view)
                .list();
        return Page.of(page, rows, View::id);
    }

    /** @throws YadoException {@code NOT_FOUND} when the tenant has no such token */
    void revoke(Caller caller, TenantId tenant, UUID id) {
        tenants.get(caller, tenant);
        int revoked = jdbc.sql("DELETE FROM token WHERE id = :id AND tenant_id = :tenant")
                .param("id", id)
                .param("tenant", tenant.value())
                .update();
        if (revoked == 0) {
            throw new YadoException(ErrorCode.NOT_FOUND, "the tenant has no token " + id);
        }
        events.publishEvent(new TokensEnded());
    }

    private static View view(ResultSet row, int ignored) throws SQLException {
        return new View(
                row.getObject("id", UUID.class),
                row.getString("name"),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
