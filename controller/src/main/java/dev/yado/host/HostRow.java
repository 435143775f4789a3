package dev.yado.host;

import dev.yado.host.HostView.State;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.BackupFacts;
import dev.yado.protocol.HostId;
import dev.yado.protocol.HostOptions;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.MigrationFacts;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.SelfTestReport;
import dev.yado.protocol.trust.Machine;
import dev.yado.scheduler.HostSnapshot;
import dev.yado.scheduler.HostSnapshot.Resources;
import dev.yado.scheduler.Mobility;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads rows of {@code host} with their allocations. */
final class HostRow {
    private HostRow() {}

    static HostView view(ResultSet row) throws SQLException {
        boolean alive = row.getBoolean("alive");
        return new HostView(
                id(row),
                row.getString("name"),
                alive ? State.UP : row.getBoolean("lost") ? State.LOST : State.SILENT,
                reason(row, alive),
                capacity(row),
                allocated(row),
                row.getInt("vms"),
                Accelerator.valueOf(row.getString("accelerator")),
                row.getString("architecture"),
                selfTest(row),
                row.getString("qemu_version"),
                row.getString("agent_version"),
                network(row),
                migration(row),
                backup(row),
                options(row),
                row.getString("maintenance"),
                row.getObject("last_report_at", OffsetDateTime.class).toInstant(),
                row.getBoolean("simulated"),
                certificate(row));
    }

    /** Who speaks for the host and answers at its address. */
    static Machine machine(ResultSet row) throws SQLException {
        UUID simulator = row.getObject("simulator_id", UUID.class);
        return simulator == null
                ? new Machine(Machine.Role.HOST, row.getObject("id", UUID.class))
                : new Machine(Machine.Role.SIMULATOR, simulator);
    }

    static @Nullable NetworkFacts network(ResultSet row) throws SQLException {
        String facts = row.getString("network");
        return facts == null ? null : ProtocolJson.mapper().readValue(facts, NetworkFacts.class);
    }

    static @Nullable MigrationFacts migration(ResultSet row) throws SQLException {
        String facts = row.getString("migration");
        return facts == null ? null : ProtocolJson.mapper().readValue(facts, MigrationFacts.class);
    }

    static @Nullable BackupFacts backup(ResultSet row) throws SQLException {
        String facts = row.getString("backup");
        return facts == null ? null : ProtocolJson.mapper().readValue(facts, BackupFacts.class);
    }

    static @Nullable HostOptions options(ResultSet row) throws SQLException {
        String options = row.getString("options");
        return options == null ? null : ProtocolJson.mapper().readValue(options, HostOptions.class);
    }

    private static HostCertificate certificate(ResultSet row) throws SQLException {
        OffsetDateTime expires = row.getObject("certificate_expires_at", OffsetDateTime.class);
        return new HostCertificate(expires == null ? null : expires.toInstant(), row.getBoolean("certificate_revoked"));
    }

    private static @Nullable String reason(ResultSet row, boolean alive) throws SQLException {
        List<String> reasons = new ArrayList<>();
        if (!alive) {
            reasons.add("no report for " + silence(row).toSeconds() + " s");
        }
        certificate(row).trouble(Instant.now()).ifPresent(reasons::add);
        String orphans = row.getString("orphans");
        if (orphans != null) {
            reasons.add("holds VMs that are not placed on it, left alone: " + orphans);
        }
        return reasons.isEmpty() ? null : String.join("; ", reasons);
    }

    /** Without what it says of moves and backups. */
    static HostSnapshot snapshot(ResultSet row) throws SQLException {
        Accelerator preferred = Accelerator.valueOf(row.getString("accelerator"));
        return new HostSnapshot(
                id(row),
                row.getString("name"),
                row.getBoolean("alive"),
                silence(row),
                Architecture.valueOf(row.getString("architecture")),
                runnable(SelfTestReport.Verdict.valueOf(row.getString("verdict"))),
                preferred,
                capacity(row),
                allocated(row),
                network(row),
                Mobility.NONE,
                row.getBoolean("maintenance"),
                Set.of());
    }

    /** Emulated KVM is slower than TCG, but it does run guests for those who ask for it by name. */
    private static Set<Accelerator> runnable(SelfTestReport.Verdict verdict) {
        return switch (verdict) {
            case HARDWARE, EMULATED -> EnumSet.of(Accelerator.KVM, Accelerator.TCG);
            case UNAVAILABLE -> EnumSet.of(Accelerator.TCG);
        };
    }

    private static HostId id(ResultSet row) throws SQLException {
        return new HostId(row.getObject("id", UUID.class));
    }

    private static Duration silence(ResultSet row) throws SQLException {
        return Duration.ofMillis((long) (row.getDouble("silence") * 1000));
    }

    private static SelfTestReport selfTest(ResultSet row) throws SQLException {
        return ProtocolJson.mapper().readValue(row.getString("self_test"), SelfTestReport.class);
    }

    private static Resources capacity(ResultSet row) throws SQLException {
        return new Resources(
                row.getInt("cpus"), new Mebibytes(row.getLong("memory_mib")), new Mebibytes(row.getLong("disk_mib")));
    }

    private static Resources allocated(ResultSet row) throws SQLException {
        return new Resources(
                row.getInt("used_vcpus"),
                new Mebibytes(row.getLong("used_memory_mib")),
                new Mebibytes(row.getLong("used_disk_mib")));
    }
}
