package dev.yado.tenant;

import dev.yado.api.Caller;
import dev.yado.api.Etag;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.TokensEnded;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

@Service
public class Tenants {
    private final JdbcClient jdbc;
    private final ApplicationEventPublisher events;
    private final TransactionTemplate nested;

    Tenants(JdbcClient jdbc, ApplicationEventPublisher events, PlatformTransactionManager transactions) {
        this.jdbc = jdbc;
        this.events = events;
        // What is left is asked after the database's refusal, in the same transaction where there is one.
        this.nested = new TransactionTemplate(
                transactions, new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_NESTED));
    }

    /** What a caller sees of a tenant; nothing of it ever changes. */
    public record View(TenantId id, String name, Instant createdAt) {}

    /** @throws YadoException {@code NAME_TAKEN}, with the id of the tenant that has the name */
    View create(Caller caller, String name) {
        caller.requireAdministrator();
        return jdbc.sql("""
                INSERT INTO tenant (id, name) VALUES (:id, :name) ON CONFLICT (name) DO NOTHING RETURNING id, name, created_at
                """)
                .param("id", TenantId.random().value())
                .param("name", name)
                .query(Tenants::view)
                .optional()
                .orElseThrow(() -> new YadoException(
                        ErrorCode.NAME_TAKEN,
                        "the tenant " + findByName(name).map(View::id).orElse(null) + " has the name " + name));
    }

    Page<View> list(Caller caller, PageRequest page) {
        List<View> rows = jdbc.sql("""
                SELECT id, name, created_at FROM tenant
                WHERE (:after::uuid IS NULL OR id > :after) AND (:own::uuid IS NULL OR id = :own)
                ORDER BY id LIMIT :limit
                """)
                .param("after", page.after())
                .param("own", caller.tenant().map(TenantId::value).orElse(null))
                .param("limit", page.rowsToRead())
                .query(Tenants::view)
                .list();
        return Page.of(page, rows, view -> view.id().value());
    }

    /** @throws YadoException {@code NOT_FOUND} also for a tenant that the caller does not see */
    public View get(Caller caller, TenantId id) {
        return find(id).filter(_ -> caller.sees(id))
                .orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "there is no tenant " + id));
    }

    /**
     * @throws YadoException {@code IN_USE} while it has VMs or images; the database's foreign keys decide.
     *     {@code PRECONDITION_FAILED} for another version than the caller means
     */
    void delete(Caller caller, TenantId id, IfMatch version) {
        View tenant = get(caller, id);
        caller.requireAdministrator();
        version.check(Etag.of(tenant));
        try {
            nested.executeWithoutResult(_ -> jdbc.sql("DELETE FROM tenant WHERE id = :id")
                    .param("id", id.value())
                    .update());
        } catch (DataIntegrityViolationException used) {
            throw new YadoException(
                    ErrorCode.IN_USE, "the tenant " + tenant.name() + " still has " + whatIsLeft(id), used);
        }
        events.publishEvent(new TokensEnded());
    }

    private String whatIsLeft(TenantId id) {
        return jdbc.sql("""
                SELECT kind || ' ' || name || ' (' || id || ')' FROM (
                    SELECT 'the VM' AS kind, name, id FROM vm WHERE tenant_id = :id
                    UNION ALL SELECT 'the image', name, id FROM image WHERE tenant_id = :id
                    UNION ALL SELECT 'the network', name, id FROM network WHERE tenant_id = :id
                    UNION ALL SELECT 'the router', name, id FROM router WHERE tenant_id = :id
                    UNION ALL SELECT 'the floating IP', host(ip), id FROM floating_ip WHERE tenant_id = :id) AS rest
                ORDER BY kind DESC, name LIMIT 1
                """)
                .param("id", id.value())
                .query(String.class)
                .optional()
                .orElse("objects");
    }

    private Optional<View> find(TenantId id) {
        return jdbc.sql("SELECT id, name, created_at FROM tenant WHERE id = :id")
                .param("id", id.value())
                .query(Tenants::view)
                .optional();
    }

    private Optional<View> findByName(String name) {
        return jdbc.sql("SELECT id, name, created_at FROM tenant WHERE name = :name")
                .param("name", name)
                .query(Tenants::view)
                .optional();
    }

    private static View view(ResultSet row, int ignored) throws SQLException {
        return new View(
                new TenantId(row.getObject("id", UUID.class)),
                row.getString("name"),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
