package dev.yado.vm;

import dev.yado.api.Etag;
import dev.yado.network.NicView;
import dev.yado.operation.OperationStatus;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Autostart;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.GuestAgentState;
import dev.yado.protocol.GuestModel;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code vm} with what is known of its place and of its newest operation.
 *
 * @param givenEpoch the highest that a move has given to a host, whether it ran under it or not
 * @param pinned the only host that it may be on; null: any
 * @param movesTo the host that it is on its way to; null: it does not move
 */
record VmRow(
        VmId id,
        TenantId tenant,
        String name,
        Sight sight,
        long runEpoch,
        long givenEpoch,
        @Nullable HostId pinned,
        @Nullable HostId movesTo,
        long reboots,
        StopPolicy stop,
        int vcpus,
        Mebibytes memory,
        AcceleratorChoice acceleratorChoice,
        @Nullable Boot boot,
        @Nullable Autostart autostart,
        Instant createdAt,
        @Nullable Instant observedSince,
        boolean restoring,
        @Nullable Instant restoredAt,
        @Nullable GuestAgentState agent,
        int nics,
        boolean hasSetup,
        @Nullable GuestModel model,
        SortedMap<String, String> labels) {

    /** The columns that {@link #read} takes. */
    private static final String COLUMNS = """
            SELECT v.*, a.host_id, c.host_id AS moves_to, h.lease_until > now() AS host_alive,
                extract(epoch FROM now() - h.last_report_at) AS host_silence, o.kind AS operation_kind, o.status AS operation_status,
                o.wait_reason AS operation_wait_reason, o.error_code AS operation_error_code,
                o.error_detail AS operation_error_detail
            """;
    /** Place and operation belong to other packages; joining them here spares a query per VM. */
    private static final String FROM = """
             FROM vm v LEFT JOIN allocation a ON a.vm_id = v.id LEFT JOIN host h ON h.id = a.host_id
                LEFT JOIN operation o ON o.id = v.operation_id LEFT JOIN claim c ON c.vm_id = v.id AND c.arriving
            """;

    static final String SELECT = COLUMNS + FROM;
    /** With what {@link #disks} takes: for one VM. */
    static final String SELECT_WITH_DISKS = COLUMNS + """
            , (SELECT string_agg(d.id || ' ' || d.size_mib || ' ' || coalesce(d.image_id::text, '') || ' ' || coalesce(d.pool, ''), ',' ORDER BY d.ordinal)
               FROM vm_disk d WHERE d.vm_id = v.id) AS disks
            """ + FROM;

    /** In the order of their bus addresses. */
    static List<VmView.Disk> disks(ResultSet row) throws SQLException {
        String text = row.getString("disks");
        if (text == null) {
            return List.of();
        }
        List<VmView.Disk> disks = new ArrayList<>();
        for (String disk : text.split(",", -1)) {
            String[] parts = disk.split(" ", -1);
            disks.add(new VmView.Disk(
                    new DiskId(UUID.fromString(parts[0])),
                    parts[2].isEmpty() ? null : new ImageId(UUID.fromString(parts[2])),
                    new Mebibytes(Long.parseLong(parts[1])),
                    parts[3].isEmpty() ? null : parts[3]));
        }
        return disks;
    }

    /** Of a new run: no host was ever given it. */
    long nextEpoch() {
        return Math.max(runEpoch, givenEpoch) + 1;
    }

    static VmRow read(ResultSet row) throws SQLException {
        return new VmRow(
                new VmId(row.getObject("id", UUID.class)),
                new TenantId(row.getObject("tenant_id", UUID.class)),
                row.getString("name"),
                new Sight(
                        DesiredState.valueOf(row.getString("desired_state")),
                        row.getLong("generation"),
                        placement(row),
                        observed(row),
                        operation(row),
                        unconfirmed(row)),
                row.getLong("run_epoch"),
                row.getLong("given_epoch"),
                host(row, "pinned_host"),
                host(row, "moves_to"),
                row.getLong("reboots"),
                new StopPolicy(StopPolicy.Mode.valueOf(row.getString("stop_mode")), row.getInt("stop_timeout_s")),
                row.getInt("vcpus"),
                new Mebibytes(row.getLong("memory_mib")),
                AcceleratorChoice.valueOf(row.getString("accelerator_choice")),
                boot(row),
                autostart(row),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                time(row, "observed_since"),
                row.getBoolean("restoring"),
                time(row, "restored_at"),
                agent(row),
                row.getInt("nics"),
                row.getBoolean("has_setup"),
                model(row),
                Labels.parse(row.getString("labels")));
    }

    private static @Nullable GuestAgentState agent(ResultSet row) throws SQLException {
        String agent = row.getString("guest_agent");
        return agent == null ? null : GuestAgentState.valueOf(agent);
    }

    /** Null before it is pinned to anything. */
    private static @Nullable GuestModel model(ResultSet row) throws SQLException {
        String machine = row.getString("machine_pin");
        String cpu = row.getString("cpu_model");
        return machine == null && cpu == null ? null : new GuestModel(machine, cpu);
    }

    private static @Nullable HostId host(ResultSet row, String column) throws SQLException {
        UUID host = row.getObject(column, UUID.class);
        return host == null ? null : new HostId(host);
    }

    private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    private static @Nullable Placement placement(ResultSet row) throws SQLException {
        HostId host = host(row, "host_id");
        return host == null
                ? null
                : new Placement(host, row.getBoolean("host_alive"), Duration.ofMillis((long)
                        (row.getDouble("host_silence") * 1000)));
    }

    private static @Nullable Observed observed(ResultSet row) throws SQLException {
        String state = row.getString("observed_state");
        if (state == null) {
            return null;
        }
        String cause = row.getString("cause_code");
        String accelerator = row.getString("accelerator");
        return new Observed(
                ObservedState.valueOf(state),
                row.getLong("observed_generation"),
                row.getBoolean("observed_settled"),
                cause == null ? null : new Cause(Cause.Code.valueOf(cause), row.getString("cause_detail")),
                accelerator == null ? null : Accelerator.valueOf(accelerator));
    }

    private static @Nullable Unconfirmed unconfirmed(ResultSet row) throws SQLException {
        String reason = row.getString("restored_reason");
        return reason == null ? null : new Unconfirmed(reason, row.getBoolean("restored_nowhere"));
    }

    private static @Nullable LastOperation operation(ResultSet row) throws SQLException {
        String kind = row.getString("operation_kind");
        return kind == null
                ? null
                : new LastOperation(
                        new OperationId(row.getObject("operation_id", UUID.class)),
                        kind,
                        OperationStatus.valueOf(row.getString("operation_status")),
                        row.getString("operation_wait_reason"),
                        row.getString("operation_error_code"),
                        row.getString("operation_error_detail"));
    }

    private static @Nullable Boot boot(ResultSet row) throws SQLException {
        UUID kernel = row.getObject("kernel_image_id", UUID.class);
        UUID initrd = row.getObject("initrd_image_id", UUID.class);
        String cmdline = row.getString("cmdline");
        return kernel == null
                ? null
                : new Boot(
                        new ImageId(kernel),
                        initrd == null ? null : new ImageId(initrd),
                        cmdline == null ? "" : cmdline);
    }

    private static @Nullable Autostart autostart(ResultSet row) throws SQLException {
        int order = row.getInt("autostart_order");
        return row.wasNull() ? null : new Autostart(order, row.getInt("autostart_delay_s"));
    }

    Etag etag() {
        return view(List.of(), List.of()).etag();
    }

    VmView view(List<VmView.Disk> disks, List<NicView> cards) {
        DerivedState derived = DerivedState.of(sight);
        Observed observed = sight.observed();
        LastOperation operation = sight.operation();
        Placement placement = sight.placement();
        boolean unknown = derived.state() == VmState.UNKNOWN;
        return new VmView(
                id,
                tenant,
                name,
                sight.desired(),
                derived.state(),
                derived.reason(),
                unknown && placement != null ? Instant.now().minus(placement.silence()) : observedSince,
                unknown && observed != null ? observed.state() : null,
                sight.placement() == null ? null : sight.placement().host(),
                pinned,
                acceleratorChoice,
                observed == null ? null : observed.accelerator(),
                vcpus,
                memory,
                disks,
                boot,
                autostart,
                sight.generation(),
                operation == null || !operation.open() ? null : operation.id(),
                createdAt,
                restoring,
                restoredAt,
                agent,
                nics,
                cards,
                labels);
    }
}
