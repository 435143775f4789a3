package dev.yado.vm;

import dev.yado.protocol.Architecture;
import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/** What flows read of a VM, and its end. */
@Service
public class VmRecords {
    private final JdbcTemplate jdbc;
    private final VmRows rows;

    VmRecords(JdbcTemplate jdbc, VmRows rows) {
        this.jdbc = jdbc;
        this.rows = rows;
    }

    public Optional<Sight> sight(VmId id) {
        return rows.find(id).map(VmRow::sight);
    }

    /** The desired VM, whole, as it stands in the rows now. */
    public Optional<VmSpec> spec(VmId id) {
        return rows.find(id).map(vm -> {
            List<DiskSpec> disks = jdbc.query(
                    """
                    SELECT d.id AS disk_id, d.size_mib, i.* FROM vm_disk d LEFT JOIN image i ON i.id = d.image_id
                    WHERE d.vm_id = ? ORDER BY d.ordinal
                    """,
                    (row, _) -> new DiskSpec(
                            new DiskId(row.getObject("disk_id", UUID.class)),
                            row.getObject("id") == null ? null : image(row),
                            new Mebibytes(row.getLong("size_mib"))),
                    id.value());
            return new VmSpec(
                    vm.id(),
                    vm.tenant(),
                    vm.name(),
                    vm.sight().generation(),
                    vm.runEpoch(),
                    vm.sight().desired(),
                    vm.stop(),
                    vm.reboots(),
                    new VmShape(vm.vcpus(), vm.memory(), vm.acceleratorChoice(), disks, boot(vm.boot())),
                    vm.autostart());
        });
    }

    private @Nullable DirectBoot boot(VmView.@Nullable Boot boot) {
        if (boot == null) {
            return null;
        }
        ImageId initrd = boot.initrd();
        Map<ImageId, ImageRef> images = new HashMap<>();
        jdbc.query(
                "SELECT * FROM image WHERE id IN (?, ?)",
                row -> {
                    ImageRef image = image(row);
                    images.put(image.id(), image);
                },
                boot.kernel().value(),
                initrd == null ? boot.kernel().value() : initrd.value());
        // Images of VMs are held by foreign keys.
        ImageRef kernel = java.util.Objects.requireNonNull(images.get(boot.kernel()));
        return new DirectBoot(kernel, initrd == null ? null : images.get(initrd), boot.cmdline());
    }

    private static ImageRef image(ResultSet row) throws SQLException {
        return new ImageRef(
                new ImageId(row.getObject("id", UUID.class)),
                ImageFormat.valueOf(row.getString("format")),
                row.getString("sha256"),
                row.getLong("bytes"),
                row.getLong("virtual_size"));
    }

    /** What a host must have for it. */
    public Optional<VmNeeds> needs(VmId id) {
        return rows.find(id).map(vm -> new VmNeeds(
                vm.vcpus(),
                vm.memory(),
                new Mebibytes(rows.disks(List.of(id)).getOrDefault(id, List.of()).stream()
                        .mapToLong(disk -> disk.size().value())
                        .sum()),
                architecture(id),
                vm.acceleratorChoice()));
    }

    private Architecture architecture(VmId id) {
        return jdbc
                .queryForList(
                        """
                        SELECT i.architecture FROM vm v LEFT JOIN vm_disk d ON d.vm_id = v.id
                            JOIN image i ON i.id IN (v.kernel_image_id, d.image_id)
                        WHERE v.id = ? LIMIT 1
                        """,
                        String.class,
                        id.value())
                .stream()
                .findFirst()
                .map(Architecture::valueOf)
                .orElse(Architecture.X86_64);
    }

    /** Removes the VM and its disks; its name is free from then on. Its allocation must be gone. */
    public void remove(VmId id) {
        jdbc.update("DELETE FROM vm WHERE id = ?", id.value());
    }
}
