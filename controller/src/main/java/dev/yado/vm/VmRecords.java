package dev.yado.vm;

import dev.yado.image.Images;
import dev.yado.network.NetworkNeeds;
import dev.yado.network.Nics;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.DiskCopy;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicSpec;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/** What flows read of a VM, and its end. */
@Service
public class VmRecords {
    private final JdbcTemplate jdbc;
    private final VmRows rows;
    private final Images images;
    private final Adoption adoption;
    private final Nics nics;
    private final SetupRows setups;
    private final VmPins pins;
    private final Reattaching reattaching;

    VmRecords(
            JdbcTemplate jdbc,
            VmRows rows,
            Images images,
            Nics nics,
            SetupRows setups,
            VmPins pins,
            Adoption adoption,
            Reattaching reattaching) {
        this.reattaching = reattaching;
        this.pins = pins;
        this.adoption = adoption;
        this.nics = nics;
        this.setups = setups;
        this.jdbc = jdbc;
        this.rows = rows;
        this.images = images;
    }

    public Optional<Sight> sight(VmId id) {
        return rows.find(id).map(VmRow::sight);
    }

    /** As its owner sees it, whoever asks. */
    public Optional<VmView> view(VmId id) {
        return rows.view(id, null)
                .map(vm ->
                        vm.cards() == 0 ? vm : vm.with(nics.ofVms(List.of(id)).getOrDefault(id, List.of())));
    }

    /** The desired VM, whole, as it stands in the rows now. */
    public Optional<VmSpec> spec(VmId id) {
        return rows.find(id)
                .map(vm -> new VmSpec(
                        vm.id(),
                        vm.tenant(),
                        vm.name(),
                        vm.sight().generation(),
                        vm.runEpoch(),
                        vm.sight().desired(),
                        vm.stop(),
                        vm.reboots(),
                        new VmShape(vm.vcpus(), vm.memory(), vm.acceleratorChoice(), disks(id), boot(vm.boot())),
                        vm.autostart(),
                        vm.nics() == 0 ? List.of() : nics(id),
                        vm.hasSetup() ? setups.find(id).map(Setup::forHost).orElse(null) : null,
                        vm.model()));
    }

    private List<NicSpec> nics(VmId id) {
        return nics.ofVms(List.of(id)).getOrDefault(id, List.of()).stream()
                .map(nic -> new NicSpec(nic.id(), nic.network(), nic.mac(), nic.addresses()))
                .toList();
    }

    /** The networks that its cards are in. */
    public Set<NetworkId> networks(VmId id) {
        return nics.networksOf(id);
    }

    private List<DiskSpec> disks(VmId id) {
        Map<DiskId, DiskOrigin> origins = rows.origins(id);
        Map<DiskId, DiskCopy> copies = rows.copies(id);
        return rows.disks(List.of(id)).getOrDefault(id, List.of()).stream()
                .map(disk -> new DiskSpec(
                        disk.id(),
                        reference(disk.image()),
                        disk.size(),
                        disk.pool(),
                        origins.get(disk.id()),
                        copies.get(disk.id())))
                .toList();
    }

    private @Nullable DirectBoot boot(@Nullable Boot boot) {
        return boot == null
                ? null
                : new DirectBoot(images.reference(boot.kernel()), reference(boot.initrd()), boot.cmdline());
    }

    private @Nullable ImageRef reference(@Nullable ImageId id) {
        return id == null ? null : images.reference(id);
    }

    /** What a host must have for it. */
    public Optional<VmNeeds> needs(VmId id) {
        return rows.find(id)
                .map(vm -> new VmNeeds(
                        vm.vcpus(),
                        vm.memory(),
                        new Mebibytes(rows.disks(List.of(id)).getOrDefault(id, List.of()).stream()
                                .filter(disk -> disk.pool() == null)
                                .mapToLong(disk -> disk.size().value())
                                .sum()),
                        architecture(id),
                        vm.acceleratorChoice(),
                        vm.nics() == 0 ? NetworkNeeds.NONE : nics.needs(id),
                        pins.of(id)));
    }

    private Architecture architecture(VmId id) {
        return jdbc.queryForList("""
                        SELECT i.architecture FROM vm v LEFT JOIN vm_disk d ON d.vm_id = v.id
                            JOIN image i ON i.id IN (v.kernel_image_id, d.image_id)
                        WHERE v.id = ? LIMIT 1
                        """, String.class, id.value()).stream()
                .findFirst()
                .map(Architecture::valueOf)
                .orElse(Architecture.X86_64);
    }

    /**
     * Why it, and snapshots of it, cannot be deleted at present: another VM is being made from one.
     *
     * @return {@code IN_USE}
     */
    public Optional<YadoException> copied(VmId id) {
        return rows.copying(id)
                .map(copy -> new YadoException(
                        ErrorCode.IN_USE,
                        "VM " + copy + " is being made from a snapshot of VM " + id
                                + ": wait until it is, or delete it"));
    }

    /** Until the end of the transaction nobody else changes what is wanted of it. */
    public void lock(VmId id) {
        rows.lock(id);
    }

    /**
     * What is wanted again after a cancel; raises the generation. Nobody looks for a host any more: a VM without one is wanted
     * stopped. Nothing happens when the VM is gone.
     *
     * @param uncountReboot the last asked reboot was never sent
     */
    public void wantAgain(VmId id, DesiredState back, boolean uncountReboot) {
        rows.lock(id).ifPresent(vm -> {
            boolean runs = back == DesiredState.RUNNING || back == DesiredState.PAUSED;
            DesiredState wanted = runs && vm.sight().placement() == null ? DesiredState.STOPPED : back;
            rows.want(
                    vm,
                    wanted,
                    vm.runEpoch(),
                    vm.reboots() - (uncountReboot ? 1 : 0),
                    wanted == DesiredState.STOPPED ? StopPolicy.HARD : vm.stop());
        });
    }

    /**
     * For a host that the VM moves to: the generation of the spec that it is given and the permission to run there, neither of which
     * any host was given before.
     */
    public record Passage(long generation, long runEpoch) {}

    /** Nothing changes for the host that it is on, which is not told. The caller holds the lock. */
    public Passage beginsToMove(VmId id) {
        return jdbc.queryForObject(
                """
                UPDATE vm SET generation = generation + 1, given_epoch = greatest(run_epoch, given_epoch) + 1 WHERE id = ?
                RETURNING generation, given_epoch
                """, (row, _) -> new Passage(row.getLong("generation"), row.getLong("given_epoch")), id.value());
    }

    /** It runs under the permission of its new host, or under a newer one that it was given meanwhile. */
    public void hasMoved(VmId id, Passage passage) {
        jdbc.update("UPDATE vm SET run_epoch = greatest(run_epoch, ?) WHERE id = ?", passage.runEpoch(), id.value());
    }

    /**
     * It goes on where it was, under the permission that it has: a guest that has ended meanwhile is not begun again. Its host takes the
     * next generation, as nobody knows whom the present one was told.
     *
     * @param inDoubt its host may not know by itself that it has stayed: a newer permission tells it so
     */
    public void hasStayed(VmId id, Passage passage, boolean inDoubt) {
        jdbc.update("""
                UPDATE vm SET generation = CASE WHEN generation = ? THEN generation + 1 ELSE generation END,
                    run_epoch = CASE WHEN ? AND run_epoch <= given_epoch THEN given_epoch + 1 ELSE run_epoch END,
                    given_epoch = CASE WHEN ? AND run_epoch <= given_epoch THEN given_epoch + 1 ELSE given_epoch END
                WHERE id = ?
                """, passage.generation(), inDoubt, inDoubt, id.value());
    }

    /**
     * VMs whose host lives and has not heard of what is wanted, while no operation is open that would tell it. One that has told it and
     * has waited for a report since does not tell it again: the host may have lost its disk with what it was told.
     */
    public List<VmId> unheard() {
        return ids("""
                SELECT v.id FROM vm v JOIN allocation a ON a.vm_id = v.id JOIN host h ON h.id = a.host_id
                WHERE v.desired_state <> 'DELETED' AND coalesce(v.observed_generation, 0) < v.generation AND h.lease_until > now()
                    AND v.restored_generation IS NULL
                    AND NOT EXISTS (SELECT FROM operation o WHERE o.target_id = v.id AND o.ended_at IS NULL
                        AND NOT (o.step = 'SETTLE' AND o.step_started_at < now() - interval '10 seconds'))
                    AND NOT EXISTS (SELECT FROM migration m WHERE m.vm_id = v.id AND m.state = 'OPEN')
                """);
    }

    /** VMs that are wanted gone and for which no operation is open. */
    public List<VmId> unfinishedDeletes() {
        return ids("""
                SELECT v.id FROM vm v WHERE v.desired_state = 'DELETED' AND (v.restored_generation IS NULL OR v.restored_nowhere)
                    AND NOT EXISTS (SELECT FROM operation o WHERE o.target_id = v.id AND o.ended_at IS NULL)
                """);
    }

    /**
     * Makes a VM of what a host holds and nobody knows; its place is the caller's affair.
     *
     * @throws dev.yado.protocol.YadoException {@code CONFLICT} when the tenant or an image is not there
     */
    public void adopt(VmSpec spec, TenantId tenant) {
        adoption.insert(spec, tenant);
    }

    /** VMs that no host has spoken of since the controller was restored from a backup. */
    public List<Reattaching.Waiting> unconfirmed() {
        return reattaching.waiting();
    }

    /**
     * Makes the row say what its host holds, in the caller's transaction; its place is the caller's affair.
     *
     * @return whether the host is to be told anew
     * @throws dev.yado.protocol.YadoException {@code CONFLICT} when the host holds other disks than the backup knows
     */
    public boolean reattach(VmId id, VmReport report, VmSpec held) {
        return spec(id).map(
                        before -> reattaching.confirm(id, report, held, before).anew())
                .orElse(false);
    }

    /** @param nowhere all hosts have said that they hold nothing of it */
    public void notConfirmed(VmId id, String reason, boolean nowhere) {
        reattaching.note(id, reason, nowhere);
    }

    /** Its host has accepted something that the rows do not say, and has not been sent anything newer since. */
    public boolean lagsBehind(VmId id) {
        return !jdbc.queryForList("""
                        SELECT 1 FROM vm v LEFT JOIN allocation a ON a.vm_id = v.id
                            LEFT JOIN guest_found g ON g.vm_id = v.id AND g.host_id = a.host_id
                        WHERE v.id = ? AND v.restored_generation IS NULL
                            AND (greatest(v.observed_generation, g.generation) > v.generation
                            OR greatest(v.observed_run_epoch, g.run_epoch) > v.run_epoch
                            OR g.spec_differs AND g.generation >= v.generation)
                        """, Integer.class, id.value()).isEmpty();
    }

    /** Wants it anew, above what its host has accepted, so that the host takes it. */
    public void wantAnew(VmId id) {
        jdbc.update("""
                UPDATE vm SET generation = greatest(vm.generation, vm.observed_generation, g.generation) + 1,
                    run_epoch = greatest(vm.run_epoch, vm.observed_run_epoch, g.run_epoch)
                FROM vm v LEFT JOIN allocation a ON a.vm_id = v.id LEFT JOIN guest_found g ON g.vm_id = v.id AND g.host_id = a.host_id
                WHERE vm.id = ? AND v.id = vm.id
                """, id.value());
    }

    private List<VmId> ids(String sql) {
        return jdbc.query(sql, (row, _) -> new VmId(row.getObject("id", UUID.class)));
    }

    /** Removes the VM and its disks; its name is free from then on. Its allocation must be gone. */
    public void remove(VmId id) {
        jdbc.update("DELETE FROM vm WHERE id = ?", id.value());
    }
}
