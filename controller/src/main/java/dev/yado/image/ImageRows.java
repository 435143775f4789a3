package dev.yado.image;

import dev.yado.api.PageRequest;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

@Repository
class ImageRows {
    private static final String SELECT = """
            SELECT id, tenant_id, name, format, architecture, state, state_reason, sha256, bytes, virtual_size, source_url, created_at,
                CASE WHEN source_url IS NOT NULL
                     THEN (SELECT o.id FROM operation o WHERE o.target_id = image.id ORDER BY o.id DESC LIMIT 1) END AS operation_id
            FROM image
            """;
    private final JdbcClient jdbc;

    ImageRows(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** What a caller asks for; the rest of a row follows from it. */
    record Wanted(
            String name,
            ImageFormat format,
            Architecture architecture,
            @Nullable SourceUrl sourceUrl,
            @Nullable String sha256) {}

    /** False when the name is taken. */
    boolean insert(ImageId id, @Nullable TenantId tenant, Wanted wanted) {
        return jdbc.sql("""
                INSERT INTO image (id, tenant_id, name, format, architecture, state, sha256, source_url)
                VALUES (:id, :tenant, :name, :format, :architecture, :state, :sha256, :source)
                ON CONFLICT (tenant_id, name) DO NOTHING
                """)
                        .param("id", id.value())
                        .param("tenant", tenant == null ? null : tenant.value())
                        .param("name", wanted.name())
                        .param("format", wanted.format().name())
                        .param("architecture", wanted.architecture().name())
                        .param("state", (wanted.sourceUrl() == null ? ImageState.PENDING : ImageState.IMPORTING).name())
                        .param("sha256", wanted.sha256())
                        .param(
                                "source",
                                wanted.sourceUrl() == null
                                        ? null
                                        : wanted.sourceUrl().toString())
                        .update()
                == 1;
    }

    Optional<ImageRow> find(ImageId id) {
        return jdbc.sql(SELECT + " WHERE id = :id")
                .param("id", id.value())
                .query(ImageRows::row)
                .optional();
    }

    /** Until the end of the transaction nobody else changes it. */
    Optional<ImageRow> lock(ImageId id) {
        return jdbc.sql(SELECT + " WHERE id = :id FOR UPDATE")
                .param("id", id.value())
                .query(ImageRows::row)
                .optional();
    }

    Optional<ImageRow> findByName(@Nullable TenantId tenant, String name) {
        return jdbc.sql(SELECT + " WHERE tenant_id IS NOT DISTINCT FROM :tenant::uuid AND name = :name")
                .param("tenant", tenant == null ? null : tenant.value())
                .param("name", name)
                .query(ImageRows::row)
                .optional();
    }

    /** @param tenant its own images and those for all; null for those of everybody */
    List<ImageRow> list(@Nullable TenantId tenant, PageRequest page) {
        return jdbc.sql(SELECT + """
                 WHERE (:after::uuid IS NULL OR id > :after)
                   AND (:tenant::uuid IS NULL OR tenant_id = :tenant OR tenant_id IS NULL)
                ORDER BY id LIMIT :limit
                """)
                .param("after", page.after())
                .param("tenant", tenant == null ? null : tenant.value())
                .param("limit", page.rowsToRead())
                .query(ImageRows::row)
                .list();
    }

    /** False when the image is not, or no longer, in the state {@code from}. */
    boolean ready(ImageId id, ImageState from, ImageContent content, long virtualSize) {
        return jdbc.sql("""
                        UPDATE image SET state = 'READY', state_reason = NULL, sha256 = :sha256, bytes = :bytes, virtual_size = :virtual
                        WHERE id = :id AND state = :from
                        """)
                        .param("id", id.value())
                        .param("from", from.name())
                        .param("sha256", content.sha256())
                        .param("bytes", content.bytes())
                        .param("virtual", virtualSize)
                        .update()
                == 1;
    }

    /** Stays in {@code from} or goes to {@code to}, with the reason; nothing happens in any other state. */
    void explain(ImageId id, ImageState from, ImageState to, String reason) {
        jdbc.sql("UPDATE image SET state = :to, state_reason = :reason WHERE id = :id AND state = :from")
                .param("id", id.value())
                .param("from", from.name())
                .param("to", to.name())
                .param("reason", reason)
                .update();
    }

    void delete(ImageId id) {
        jdbc.sql("DELETE FROM image WHERE id = :id").param("id", id.value()).update();
    }

    /** Words for a VM whose disks or kernel are of the image. */
    Optional<String> userOf(ImageId id) {
        return jdbc.sql("""
                SELECT 'the VM ' || vm.name || ' (' || vm.id || ')' FROM vm
                WHERE kernel_image_id = :id OR initrd_image_id = :id
                   OR EXISTS (SELECT FROM vm_disk WHERE vm_disk.vm_id = vm.id AND vm_disk.image_id = :id)
                ORDER BY vm.id LIMIT 1
                """).param("id", id.value()).query(String.class).optional();
    }

    /** Whoever adds or drops the content with the digest waits for the end of this transaction. */
    void lockContent(String sha256) {
        jdbc.sql("SELECT true FROM (SELECT pg_advisory_xact_lock(hashtextextended(:sha256, 0))) AS locked")
                .param("sha256", sha256)
                .query(Boolean.class)
                .single();
    }

    boolean isContentUsed(String sha256) {
        return jdbc.sql("SELECT EXISTS (SELECT FROM image WHERE sha256 = :sha256 AND state = 'READY')")
                .param("sha256", sha256)
                .query(Boolean.class)
                .single();
    }

    List<ImageRow> allReady() {
        return jdbc.sql(SELECT + " WHERE state = 'READY'").query(ImageRows::row).list();
    }

    private static ImageRow row(ResultSet row, int ignored) throws SQLException {
        UUID tenant = row.getObject("tenant_id", UUID.class);
        return new ImageRow(
                new ImageId(row.getObject("id", UUID.class)),
                tenant == null ? null : new TenantId(tenant),
                row.getString("name"),
                ImageFormat.valueOf(row.getString("format")),
                Architecture.valueOf(row.getString("architecture")),
                ImageState.valueOf(row.getString("state")),
                row.getString("state_reason"),
                row.getString("sha256"),
                row.getObject("bytes", Long.class),
                row.getObject("virtual_size", Long.class),
                row.getString("source_url"),
                row.getObject("operation_id", UUID.class),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
