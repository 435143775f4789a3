package dev.yado.vm;

import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The rows of VMs that no host has spoken of since the controller was restored from a backup. */
@Component
public class Reattaching {
    /** Above what any host can have been told of a VM that all of them have forgotten since. */
    private static final long LEAP = 1_000_000;

    private final JdbcTemplate jdbc;
    private final VmRows rows;

    Reattaching(JdbcTemplate jdbc, VmRows rows) {
        this.jdbc = jdbc;
        this.rows = rows;
    }

    /**
     * @param holders hosts that have looked since and hold something of it
     * @param unheard names of hosts that have not looked since
     * @param moving a move of it is open, which comes to its end first
     */
    public record Waiting(VmId vm, List<Holder> holders, List<String> unheard, boolean moving) {}

    public record Holder(HostId host, ObservedState state) {}

    List<Waiting> waiting() {
        if (jdbc.queryForList("SELECT 1 FROM vm WHERE restored_generation IS NOT NULL LIMIT 1", Integer.class)
                .isEmpty()) {
            return List.of();
        }
        List<String> unheard = jdbc.queryForList("""
                SELECT h.name FROM host h WHERE NOT EXISTS (SELECT FROM host_inventory i WHERE i.host_id = h.id) ORDER BY h.name
                """, String.class);
        return jdbc.query(
                """
                SELECT v.id, array_agg(g.host_id || ' ' || g.state) FILTER (WHERE g.host_id IS NOT NULL) AS holders,
                    EXISTS (SELECT FROM migration m WHERE m.vm_id = v.id AND m.state = 'OPEN') AS moving
                FROM vm v LEFT JOIN guest_found g ON g.vm_id = v.id
                WHERE v.restored_generation IS NOT NULL GROUP BY v.id ORDER BY v.id
                """,
                (row, _) -> new Waiting(
                        new VmId(row.getObject("id", UUID.class)),
                        row.getArray("holders") == null
                                ? List.of()
                                : Arrays.stream((String[])
                                                row.getArray("holders").getArray())
                                        .map(Reattaching::holder)
                                        .toList(),
                        unheard,
                        row.getBoolean("moving")));
    }

    private static Holder holder(String text) {
        String[] words = text.split(" ", 2);
        return new Holder(new HostId(UUID.fromString(words[0])), ObservedState.valueOf(words[1]));
    }

    void note(VmId id, String reason, boolean nowhere) {
        jdbc.update("""
                UPDATE vm SET restored_reason = ?, restored_nowhere = ?,
                    generation = CASE WHEN ? AND NOT restored_nowhere THEN generation + ? ELSE generation END
                WHERE id = ? AND restored_generation IS NOT NULL AND (restored_reason, restored_nowhere) IS DISTINCT FROM (?, ?)
                """, reason, nowhere, nowhere, LEAP, id.value(), reason, nowhere);
    }

    /** In the caller's transaction. @throws YadoException {@code CONFLICT} when the host holds other disks than the backup knows */
    Reattachment confirm(VmId id, VmReport report, VmSpec held, VmSpec before) {
        VmRow row = rows.lock(id).orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "the VM is gone"));
        Optional<Long> generation =
                jdbc.queryForList("SELECT restored_generation FROM vm WHERE id = ?", Long.class, id.value()).stream()
                        .findFirst();
        requireSameDisks(before, held);
        Reattachment now = Reattachment.of(
                new Reattachment.Row(generation.orElse(before.generation()), row.givenEpoch(), before), report, held);
        jdbc.update(
                """
                UPDATE vm SET restored_generation = NULL, restored_reason = NULL, restored_nowhere = false, desired_state = ?,
                    stop_mode = ?, stop_timeout_s = ?, generation = ?, run_epoch = ?, given_epoch = ?, reboots = ?,
                    machine_pin = coalesce(?, machine_pin), cpu_model = coalesce(?, cpu_model)
                WHERE id = ? AND restored_generation IS NOT NULL
                """,
                (row.sight().desired() == DesiredState.DELETED ? DesiredState.DELETED : now.desired()).name(),
                now.stop().mode().name(),
                now.stop().timeoutSeconds(),
                now.generation(),
                now.runEpoch(),
                now.givenEpoch(),
                now.reboots(),
                held.model() == null ? null : held.model().machineType(),
                held.model() == null ? null : held.model().cpuModel(),
                id.value());
        return now;
    }

    private static void requireSameDisks(VmSpec before, VmSpec held) {
        if (!disks(before).equals(disks(held))) {
            throw new YadoException(
                    ErrorCode.CONFLICT,
                    "its host holds other disks of it than the backup knows: " + disks(held) + " instead of "
                            + disks(before));
        }
    }

    private static Set<DiskId> disks(VmSpec spec) {
        return spec.shape().disks().stream().map(DiskSpec::id).collect(Collectors.toSet());
    }
}
