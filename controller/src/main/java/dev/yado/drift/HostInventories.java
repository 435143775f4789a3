package dev.yado.drift;

import dev.yado.protocol.HostId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.inventory.DriftFinding;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.protocol.inventory.GuestFound;
import dev.yado.protocol.inventory.HostInventory;
import dev.yado.protocol.inventory.HostInventoryAnswer;
import dev.yado.protocol.inventory.SpecDigest;
import dev.yado.vm.VmRecords;
import java.sql.Timestamp;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Takes what hosts found by looking, each in one transaction. One that is not newer than the last changes nothing. */
@Service
public class HostInventories {
    private final JdbcTemplate jdbc;
    private final TransactionTemplate transactions;
    private final DriftRows rows;
    private final VmRecords vms;

    HostInventories(JdbcTemplate jdbc, TransactionTemplate transactions, DriftRows rows, VmRecords vms) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.rows = rows;
        this.vms = vms;
    }

    private record Last(long incarnation, long number) {}

    public HostInventoryAnswer accept(HostInventory inventory) {
        Map<VmId, Boolean> differs = differing(inventory);
        return Objects.requireNonNull(transactions.execute(_ -> {
            UUID host = inventory.hostId().value();
            // A host is known by its first report; until then there is nothing to compare with.
            if (jdbc.queryForList("SELECT 1 FROM host WHERE id = ? FOR KEY SHARE", Integer.class, host)
                    .isEmpty()) {
                return new HostInventoryAnswer(true, false);
            }
            Optional<Last> last = lock(host);
            boolean older = last.filter(known -> known.incarnation() > inventory.incarnation()
                            || known.incarnation() == inventory.incarnation() && known.number() > inventory.number())
                    .isPresent();
            if (older) {
                return new HostInventoryAnswer(false, false);
            }
            HostInventory.Contents contents = inventory.contents();
            if (contents == null) {
                if (last.filter(known -> known.incarnation() == inventory.incarnation())
                        .isEmpty()) {
                    return new HostInventoryAnswer(true, false);
                }
                touch(inventory);
                rows.seenAgain(host);
            } else {
                keep(inventory, contents);
                guests(host, contents.guests(), differs);
                findings(inventory.hostId(), contents);
            }
            return new HostInventoryAnswer(false, reportWanted(host));
        }));
    }

    /** The newest inventory of a host as it came; empty before the first. */
    public Optional<String> contents(HostId host) {
        return jdbc
                .queryForList("SELECT contents::text FROM host_inventory WHERE host_id = ?", String.class, host.value())
                .stream()
                .findFirst();
    }

    private Optional<Last> lock(UUID host) {
        return jdbc
                .query(
                        "SELECT incarnation, number FROM host_inventory WHERE host_id = ? FOR UPDATE",
                        (row, _) -> new Last(row.getLong("incarnation"), row.getLong("number")),
                        host)
                .stream()
                .findFirst();
    }

    private void touch(HostInventory inventory) {
        jdbc.update(
                """
                UPDATE host_inventory SET number = ?, taken_at = ?, received_at = clock_timestamp(), clock_skew_ms = %s
                WHERE host_id = ?
                """.formatted(SKEW),
                inventory.number(),
                Timestamp.from(inventory.takenAt()),
                Timestamp.from(inventory.takenAt()),
                inventory.hostId().value());
    }

    private static final String SKEW = "(extract(epoch FROM ?::timestamptz - clock_timestamp()) * 1000)::bigint";

    private void keep(HostInventory inventory, HostInventory.Contents contents) {
        jdbc.update(
                """
                INSERT INTO host_inventory (host_id, incarnation, number, taken_at, clock_skew_ms, contents, received_at, changed_at)
                VALUES (?, ?, ?, ?, %s, ?::jsonb, clock_timestamp(), clock_timestamp())
                ON CONFLICT (host_id) DO UPDATE SET incarnation = excluded.incarnation, number = excluded.number,
                    taken_at = excluded.taken_at, clock_skew_ms = excluded.clock_skew_ms, contents = excluded.contents,
                    received_at = excluded.received_at, changed_at = excluded.changed_at
                """.formatted(SKEW),
                inventory.hostId().value(),
                inventory.incarnation(),
                inventory.number(),
                Timestamp.from(inventory.takenAt()),
                Timestamp.from(inventory.takenAt()),
                ProtocolJson.mapper().writeValueAsString(contents));
    }

    /** Specs that are not what the rows say for that generation. Read before the transaction: it is asked only of what changed. */
    private Map<VmId, Boolean> differing(HostInventory inventory) {
        HostInventory.Contents contents = inventory.contents();
        Map<VmId, Boolean> differs = new HashMap<>();
        if (contents == null) {
            return differs;
        }
        Map<UUID, String> known = new HashMap<>();
        jdbc.query(
                "SELECT vm_id, generation || ' ' || coalesce(spec_digest, '') AS spec FROM guest_found WHERE host_id = ? AND NOT spec_differs",
                row -> {
                    known.put(row.getObject("vm_id", UUID.class), row.getString("spec"));
                },
                inventory.hostId().value());
        for (GuestFound guest : contents.guests()) {
            String digest = guest.specDigest();
            boolean same = (guest.generation() + " " + digest)
                    .equals(known.get(guest.id().value()));
            if (digest != null && !same) {
                Optional<VmSpec> spec = vms.spec(guest.id());
                differs.put(
                        guest.id(),
                        spec.filter(wanted -> wanted.generation() == guest.generation()
                                        && !SpecDigest.of(wanted).equals(digest))
                                .isPresent());
            }
        }
        return differs;
    }

    private void guests(UUID host, List<GuestFound> guests, Map<VmId, Boolean> differs) {
        UUID[] ids = guests.stream().map(guest -> guest.id().value()).toArray(UUID[]::new);
        jdbc.update("DELETE FROM guest_found WHERE host_id = ? AND NOT vm_id = ANY (?::uuid[])", host, ids);
        if (guests.isEmpty()) {
            return;
        }
        jdbc.update(
                """
                INSERT INTO guest_found (host_id, vm_id, generation, run_epoch, state, spec_digest, pid, spec_differs)
                SELECT ?, r.* FROM unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::bigint[], ?::boolean[]) AS r
                ON CONFLICT (host_id, vm_id) DO UPDATE SET generation = excluded.generation, run_epoch = excluded.run_epoch,
                    state = excluded.state, spec_digest = excluded.spec_digest, pid = excluded.pid,
                    spec_differs = excluded.spec_differs, found_at = now()
                WHERE (guest_found.generation, guest_found.run_epoch, guest_found.state, guest_found.spec_digest, guest_found.pid,
                        guest_found.spec_differs)
                    IS DISTINCT FROM (excluded.generation, excluded.run_epoch, excluded.state, excluded.spec_digest, excluded.pid,
                        excluded.spec_differs)
                """,
                host,
                ids,
                guests.stream().map(GuestFound::generation).toArray(Long[]::new),
                guests.stream().map(GuestFound::runEpoch).toArray(Long[]::new),
                guests.stream().map(guest -> guest.state().name()).toArray(String[]::new),
                guests.stream().map(GuestFound::specDigest).toArray(String[]::new),
                guests.stream().map(GuestFound::pid).toArray(Long[]::new),
                guests.stream()
                        .map(guest -> differs.getOrDefault(guest.id(), false))
                        .toArray(Boolean[]::new));
    }

    private void findings(HostId host, HostInventory.Contents contents) {
        List<DriftSight> open =
                contents.open().stream().map(finding -> sight(host, finding)).toList();
        Set<DriftKind> all = EnumSet.allOf(DriftKind.class);
        rows.sync(DriftRows.Seer.HOST, host.value(), all, open);
        for (DriftFinding finding : contents.healed()) {
            rows.healed(finding.id(), DriftRows.Seer.HOST, sight(host, finding), finding.since());
        }
    }

    private static DriftSight sight(HostId host, DriftFinding finding) {
        @Nullable VmId vm = finding.vm();
        return new DriftSight(
                finding.kind(),
                host.value(),
                vm == null ? null : vm.value(),
                finding.object(),
                finding.wanted(),
                "not reported",
                finding.real());
    }

    private boolean reportWanted(UUID host) {
        return !jdbc.queryForList("""
                        SELECT 1 FROM drift WHERE host_id = ? AND status <> 'HEALED'
                            AND kind IN ('OBSERVED_EDITED', 'WORD_OF_STRANGER') LIMIT 1
                        """, Integer.class, host).isEmpty();
    }
}
