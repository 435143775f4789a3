package dev.yado.vm;

import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Makes the rows of a VM that a host holds and nobody knows, so that they say what the host has accepted. */
@Component
class Adoption {
    private final JdbcTemplate jdbc;

    Adoption(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** In the caller's transaction. Wanted one generation above the host's: it then has the name and the tenant of the rows. */
    void insert(VmSpec spec, TenantId tenant) {
        DirectBoot boot = spec.shape().boot();
        try {
            int inserted = jdbc.update(
                    """
                    INSERT INTO vm (id, tenant_id, name, desired_state, generation, run_epoch, reboots, stop_mode, stop_timeout_s, vcpus,
                        memory_mib, accelerator_choice, kernel_image_id, initrd_image_id, cmdline, autostart_order, autostart_delay_s,
                        machine_pin, cpu_model)
                    SELECT ?, ?, CASE WHEN EXISTS (SELECT FROM vm n WHERE n.tenant_id = ? AND n.name = ?) THEN ? ELSE ? END,
                        ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
                    ON CONFLICT (id) DO NOTHING
                    """,
                    spec.id().value(),
                    tenant.value(),
                    tenant.value(),
                    spec.name(),
                    "adopted-" + spec.id(),
                    spec.name(),
                    spec.desired().name(),
                    spec.generation() + 1,
                    spec.runEpoch(),
                    spec.reboots(),
                    spec.stop().mode().name(),
                    spec.stop().timeoutSeconds(),
                    spec.shape().vcpus(),
                    spec.shape().memory().value(),
                    spec.shape().accelerator().name(),
                    boot == null ? null : boot.kernel().id().value(),
                    boot == null ? null : image(boot.initrd()),
                    boot == null ? null : boot.cmdline(),
                    spec.autostart() == null ? null : spec.autostart().order(),
                    spec.autostart() == null ? null : spec.autostart().delaySeconds(),
                    spec.model() == null ? null : spec.model().machineType(),
                    spec.model() == null ? null : spec.model().cpuModel());
            int ordinal = 0;
            for (DiskSpec disk :
                    inserted == 0 ? java.util.List.<DiskSpec>of() : spec.shape().disks()) {
                jdbc.update(
                        "INSERT INTO vm_disk (id, vm_id, ordinal, image_id, size_mib, pool) VALUES (?, ?, ?, ?, ?, ?)",
                        disk.id().value(),
                        spec.id().value(),
                        ordinal++,
                        image(disk.image()),
                        disk.size().value(),
                        disk.pool());
            }
        } catch (DataIntegrityViolationException e) {
            throw new YadoException(
                    ErrorCode.CONFLICT,
                    "its tenant " + tenant
                            + " or one of its images is not there any more: name another tenant, or remove it",
                    e);
        }
    }

    private static @Nullable UUID image(@Nullable ImageRef image) {
        return image == null ? null : image.id().value();
    }
}
