package dev.yado.vm;

import dev.yado.protocol.Architecture;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Refuses what could never run, before anything is written. */
@Component
class NewVmCheck {
    private static final long MIB_PER_GIB = 1024;

    private final JdbcTemplate jdbc;

    NewVmCheck(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    private record Image(String name, String state, ImageFormat format, Architecture architecture, Mebibytes virtualSize) {}

    /**
     * The disks as they are to be made. The images are locked against removal until the end of the transaction.
     *
     * @throws YadoException {@code INVALID_REQUEST}, {@code NOT_FOUND}, {@code IMAGE_NOT_READY}, {@code DISK_TOO_SMALL}
     */
    List<VmRows.NewDisk> disksOf(NewVm vm, TenantId tenant) {
        if (vm.disks().isEmpty() && vm.boot() == null) {
            throw invalid("disks is empty and boot is not given: the VM would have nothing to boot");
        }
        Map<ImageId, Image> images = images(vm, tenant);
        if (images.values().stream().map(Image::architecture).distinct().count() > 1) {
            throw invalid("the images are for different architectures: "
                    + EnumSet.copyOf(images.values().stream().map(Image::architecture).toList()));
        }
        VmView.Boot boot = vm.boot();
        if (boot != null) {
            requireRaw(images, boot.kernel(), "boot.kernelImageId");
            requireRaw(images, boot.initrd(), "boot.initrdImageId");
        }
        List<VmRows.NewDisk> disks = new ArrayList<>();
        for (NewVm.Disk disk : vm.disks()) {
            Image image = disk.image() == null ? null : images.get(disk.image());
            disks.add(new VmRows.NewDisk(DiskId.random(), disk.image(), size(disks.size(), disk, image)));
        }
        return disks;
    }

    private static Mebibytes size(int index, NewVm.Disk disk, @Nullable Image image) {
        Mebibytes asked = disk.size();
        if (image == null) {
            if (asked == null) {
                throw invalid("disks[" + index + "].sizeGiB: a disk without imageId needs a size");
            }
            return asked;
        }
        if (asked == null) {
            return Mebibytes.ofGibibytes(Math.max(1, Math.ceilDiv(image.virtualSize().value(), MIB_PER_GIB)));
        }
        if (asked.compareTo(image.virtualSize()) < 0) {
            throw new YadoException(
                    ErrorCode.DISK_TOO_SMALL,
                    "disks[" + index + "].sizeGiB: image " + image.name() + " needs at least "
                            + Math.ceilDiv(image.virtualSize().value(), MIB_PER_GIB) + " GiB");
        }
        return asked;
    }

    private Map<ImageId, Image> images(NewVm vm, TenantId tenant) {
        Set<ImageId> ids = new LinkedHashSet<>();
        VmView.Boot boot = vm.boot();
        if (boot != null) {
            ids.add(boot.kernel());
            if (boot.initrd() != null) {
                ids.add(boot.initrd());
            }
        }
        vm.disks().stream().map(NewVm.Disk::image).filter(id -> id != null).forEach(ids::add);
        Map<ImageId, Image> images = new HashMap<>();
        if (ids.isEmpty()) {
            return images;
        }
        jdbc.query(
                """
                SELECT id, name, state, format, architecture, virtual_size FROM image
                WHERE id = ANY (?::uuid[]) AND (tenant_id IS NULL OR tenant_id = ?) FOR KEY SHARE
                """,
                row -> {
                    images.put(
                            new ImageId(row.getObject("id", UUID.class)),
                            new Image(
                                    row.getString("name"),
                                    row.getString("state"),
                                    ImageFormat.valueOf(row.getString("format")),
                                    Architecture.valueOf(row.getString("architecture")),
                                    Mebibytes.ceilOfBytes(row.getLong("virtual_size"))));
                },
                ids.stream().map(ImageId::value).toArray(UUID[]::new),
                tenant.value());
        for (ImageId id : ids) {
            Image image = images.get(id);
            if (image == null) {
                throw new YadoException(ErrorCode.NOT_FOUND, "image " + id + " does not exist");
            }
            if (!image.state().equals("READY")) {
                throw new YadoException(
                        ErrorCode.IMAGE_NOT_READY, "image " + image.name() + " (" + id + ") is " + image.state());
            }
        }
        return images;
    }

    private static void requireRaw(Map<ImageId, Image> images, @Nullable ImageId id, String field) {
        Image image = id == null ? null : images.get(id);
        if (image != null && image.format() != ImageFormat.RAW) {
            throw invalid(field + ": image " + image.name() + " has the format " + image.format()
                    + ", a kernel or initial ramdisk is raw");
        }
    }

    private static YadoException invalid(String detail) {
        return new YadoException(ErrorCode.INVALID_REQUEST, detail);
    }
}
