package dev.yado.why;

import dev.yado.api.Caller;
import dev.yado.drift.Drift;
import dev.yado.drift.DriftEntry;
import dev.yado.drift.DriftStatus;
import dev.yado.host.HostWitness;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.operation.OperationView.StepView;
import dev.yado.operation.Operations;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.inventory.GuestStory;
import dev.yado.vm.VmView;
import dev.yado.vm.Vms;
import dev.yado.why.Story.Fact;
import dev.yado.why.Story.Source;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/** Puts the chain together, from what is wanted to what QEMU said last. */
@Service
class Why {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int DRIFT_SHOWN = 10;

    private final Vms vms;
    private final Operations operations;
    private final Drift drift;
    private final HostWitness witness;
    private final JdbcTemplate jdbc;

    Why(Vms vms, Operations operations, Drift drift, HostWitness witness, JdbcTemplate jdbc) {
        this.vms = vms;
        this.operations = operations;
        this.drift = drift;
        this.witness = witness;
        this.jdbc = jdbc;
    }

    /** What the VM's row says beyond its view, and its host's. */
    private record Rows(
            long runEpoch,
            @Nullable UUID operation,
            @Nullable String observedState,
            long observedGeneration,
            long observedRunEpoch,
            boolean settled,
            @Nullable String causeCode,
            @Nullable String causeDetail,
            @Nullable Instant observedSince,
            @Nullable String hostName,
            boolean hostAlive,
            @Nullable Instant lastReport) {
        static Rows read(ResultSet row) throws SQLException {
            return new Rows(
                    row.getLong("run_epoch"),
                    row.getObject("operation_id", UUID.class),
                    row.getString("observed_state"),
                    row.getLong("observed_generation"),
                    row.getLong("observed_run_epoch"),
                    row.getBoolean("observed_settled"),
                    row.getString("cause_code"),
                    row.getString("cause_detail"),
                    instant(row, "observed_since"),
                    row.getString("host_name"),
                    row.getBoolean("host_alive"),
                    instant(row, "last_report_at"));
        }

        private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
            OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
            return time == null ? null : time.toInstant();
        }
    }

    Story of(Caller caller, VmId id) {
        VmView vm = vms.get(caller, id);
        boolean inside = caller.isAdministrator();
        Rows rows = Objects.requireNonNull(jdbc.queryForObject("""
                SELECT v.*, h.name AS host_name, h.lease_until > now() AS host_alive, h.last_report_at
                FROM vm v LEFT JOIN allocation a ON a.vm_id = v.id LEFT JOIN host h ON h.id = a.host_id WHERE v.id = ?
                """, (row, _) -> Rows.read(row), id.value()));
        OperationView operation =
                operations.page(null, id.value(), null, 1).stream().findFirst().orElse(null);
        List<Fact> facts = new ArrayList<>();
        facts.add(wanted(vm, rows));
        if (operation != null) {
            facts.add(operation(operation));
        }
        facts.add(host(vm, rows, inside));
        facts.add(reported(rows));
        HostId host = vm.host();
        if (host != null) {
            live(host, id, inside, facts);
        }
        List<DriftEntry> entries = drift.of(id, DRIFT_SHOWN);
        entries.forEach(entry -> facts.add(drift(entry, inside)));
        return new Story(
                vm,
                Summary.of(
                        vm,
                        operation,
                        entries.stream()
                                .filter(entry -> entry.status() != DriftStatus.HEALED)
                                .count()),
                facts,
                operation != null && operation.status() == OperationStatus.WAITING ? operation.placement() : List.of());
    }

    private static Fact wanted(VmView vm, Rows rows) {
        return new Fact(
                Source.WANTED,
                null,
                vm.desired().name(),
                "It is wanted " + vm.desired() + ", generation " + vm.generation() + ", with permission to run number "
                        + rows.runEpoch() + ".");
    }

    private static Fact operation(OperationView operation) {
        String name = operation.kind() + " " + operation.id();
        if (operation.status().ended()) {
            var error = operation.error();
            return new Fact(
                    Source.OPERATION,
                    operation.endedAt(),
                    error == null ? operation.status().name() : error.code(),
                    "The newest operation, " + name + ", has ended " + operation.status()
                            + (error == null ? "." : ": " + error.detail()));
        }
        String step = operation.steps().stream()
                .filter(each -> each.status().name().matches("RUNNING|WAITING"))
                .map(StepView::name)
                .findFirst()
                .orElse("between two steps");
        String waits = operation.waitReason() == null ? "." : ": it waits, " + operation.waitReason();
        return new Fact(
                Source.OPERATION,
                operation.createdAt(),
                operation.status().name(),
                "Operation " + name + " is at step " + step + waits);
    }

    private static Fact host(VmView vm, Rows rows, boolean inside) {
        Instant last = rows.lastReport();
        if (vm.host() == null || last == null) {
            return new Fact(Source.HOST, null, "NO_HOST", "It is placed on no host: nothing of it can run.");
        }
        String name = inside ? "host " + rows.hostName() : "its host";
        long silence = Math.max(0, Duration.between(last, Instant.now()).toSeconds());
        return new Fact(
                Source.HOST,
                last,
                rows.hostAlive() ? "UP" : "SILENT",
                rows.hostAlive()
                        ? "It is placed on " + name + ", which reported " + silence + " s ago."
                        : "It is placed on " + name + ", which has not reported for " + silence
                                + " s: whether it runs is not known, and nothing of it is released.");
    }

    private static Fact reported(Rows rows) {
        String state = rows.observedState();
        if (state == null) {
            return new Fact(Source.REPORTED, null, "NOTHING", "No host has reported it yet.");
        }
        String cause = rows.causeCode() == null ? "" : " because " + rows.causeCode() + ": " + rows.causeDetail();
        return new Fact(
                Source.REPORTED,
                rows.observedSince(),
                rows.causeCode() == null ? state : rows.causeCode(),
                "The host last reported " + state + (rows.settled() ? "" : ", on its way,") + " at generation "
                        + rows.observedGeneration() + " and run epoch " + rows.observedRunEpoch() + cause);
    }

    private void live(HostId host, VmId id, boolean inside, List<Fact> facts) {
        try {
            GuestStory story = witness.story(host, id, PATIENCE);
            facts.add(new Fact(
                    Source.DAEMON,
                    story.at(),
                    story.report().state().name(),
                    "Its daemon says now: " + story.report().state() + ", generation "
                            + story.report().generation() + ". " + story.run()));
            if (inside) {
                var newest = story.newest();
                if (newest != null) {
                    facts.add(new Fact(
                            Source.DAEMON,
                            null,
                            null,
                            "The newest call that it took was step " + newest.step() + " of operation "
                                    + newest.operation() + ", epoch " + newest.epoch() + "."));
                }
                String process = story.process();
                facts.add(new Fact(Source.QEMU, null, null, process == null ? "There is no QEMU process." : process));
                story.lastWords().forEach(line -> facts.add(new Fact(Source.QEMU, null, "LAST_WORDS", line)));
            }
        } catch (YadoException e) {
            facts.add(new Fact(
                    Source.DAEMON,
                    null,
                    e.code().name(),
                    "Its daemon was asked and gave no answer within " + PATIENCE.toSeconds() + " s"
                            + (inside ? ": " + e.getMessage() : ".")));
        }
    }

    private static Fact drift(DriftEntry entry, boolean inside) {
        String state = switch (entry.status()) {
            case OPEN -> "being healed by " + entry.kind().rule();
            case QUARANTINED -> "kept harmless by " + entry.kind().rule();
            case HEALED -> "healed by " + entry.healedBy();
        };
        return new Fact(
                Source.DRIFT,
                entry.since(),
                entry.kind().name(),
                inside
                        ? entry.object() + ": " + entry.real() + " instead of " + entry.wanted() + "; " + state + ". "
                                + entry.kind().advice()
                        : "Its provider was told of " + entry.kind() + "; " + state + ".");
    }
}
