package dev.yado.vm;

import dev.yado.api.Caller;
import dev.yado.image.Images;
import dev.yado.network.NetworkNeeds;
import dev.yado.network.Nics;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.YadoException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Refuses what could never run, before anything is written. */
@Component
class NewVmCheck {
    private static final long MIB_PER_GIB = 1024;

    private final Images images;
    private final Nics nics;

    NewVmCheck(Images images, Nics nics) {
        this.images = images;
        this.nics = nics;
    }

    /**
     * What came of the check.
     *
     * @param disks as they are to be made; incomplete when there are problems
     * @param problems {@code INVALID_REQUEST}, {@code NOT_FOUND}, {@code IMAGE_NOT_READY}, {@code DISK_TOO_SMALL} and those of {@link Nics#problems}: all
     */
    record Checked(
            List<VmRows.NewDisk> disks,
            Architecture architecture,
            NetworkNeeds networks,
            List<YadoException> problems) {
        VmNeeds needs(NewVm vm) {
            long own = disks.stream()
                    .filter(each -> each.pool() == null)
                    .mapToLong(each -> each.size().value())
                    .sum();
            List<VmNeeds.SharedDisk> shared = new ArrayList<>();
            disks.forEach(each -> {
                if (each.pool() != null) {
                    shared.add(new VmNeeds.SharedDisk(each.pool(), null, each.size()));
                }
            });
            return new VmNeeds(
                    vm.vcpus(),
                    vm.memory(),
                    new Mebibytes(own),
                    architecture,
                    vm.accelerator(),
                    networks,
                    new VmNeeds.Pins(true, null, null, null, shared, repositories(disks), snapshots(disks)));
        }
    }

    private static List<VmNeeds.Repository> repositories(List<VmRows.NewDisk> disks) {
        return disks.stream()
                .map(VmRows.NewDisk::origin)
                .filter(Objects::nonNull)
                .map(origin -> new VmNeeds.Repository(origin.disk().repository(), origin.marker()))
                .distinct()
                .toList();
    }

    private static @Nullable HostId snapshots(List<VmRows.NewDisk> disks) {
        return disks.stream()
                .map(VmRows.NewDisk::copy)
                .filter(Objects::nonNull)
                .map(NewVm.Copy::host)
                .findFirst()
                .orElse(null);
    }

    Checked of(NewVm vm, Caller caller) {
        List<YadoException> problems = new ArrayList<>();
        Set<Architecture> architectures = EnumSet.noneOf(Architecture.class);
        Boot boot = vm.boot();
        if (vm.disks().isEmpty() && boot == null) {
            problems.add(invalid("disks is empty and boot is not given: the VM would have nothing to boot"));
        }
        if (boot != null) {
            collect(problems, () -> requireRaw(use(boot.kernel(), caller, architectures), "boot.kernelImageId"));
            ImageId initrd = boot.initrd();
            if (initrd != null) {
                collect(problems, () -> requireRaw(use(initrd, caller, architectures), "boot.initrdImageId"));
            }
        }
        List<VmRows.NewDisk> disks = new ArrayList<>();
        for (int i = 0; i < vm.disks().size(); i++) {
            int index = i;
            NewVm.Disk disk = vm.disks().get(i);
            collect(problems, () -> {
                ImageRef image = disk.image() == null ? null : use(disk.image(), caller, architectures);
                disks.add(new VmRows.NewDisk(
                        DiskId.random(),
                        disk.image(),
                        size(index, disk, image),
                        disk.pool(),
                        disk.origin(),
                        disk.copy()));
            });
        }
        if (architectures.size() > 1) {
            problems.add(invalid("the images are for different architectures: " + architectures));
        }
        NetworkNeeds networks = NetworkNeeds.NONE;
        if (!vm.nics().isEmpty()) {
            problems.addAll(nics.problems(caller, vm.nics()));
            networks = nics.needs(vm.nics());
        }
        return new Checked(
                disks, architectures.stream().findFirst().orElse(Architecture.X86_64), networks, List.copyOf(problems));
    }

    private static void collect(List<YadoException> problems, Runnable part) {
        try {
            part.run();
        } catch (YadoException problem) {
            problems.add(problem);
        }
    }

    private ImageRef use(ImageId id, Caller caller, Set<Architecture> architectures) {
        Images.Usable image = images.usable(caller, id);
        architectures.add(image.architecture());
        return image.reference();
    }

    private static Mebibytes size(int index, NewVm.Disk disk, @Nullable ImageRef image) {
        Mebibytes asked = disk.size();
        if (image == null) {
            if (asked == null) {
                throw invalid("disks[" + index + "].sizeGiB: a disk without imageId needs a size");
            }
            return asked;
        }
        Mebibytes least = Mebibytes.ceilOfBytes(image.virtualSize());
        long leastGibibytes = Math.max(1, Math.ceilDiv(least.value(), MIB_PER_GIB));
        if (asked == null) {
            return Mebibytes.ofGibibytes(leastGibibytes);
        }
        if (asked.compareTo(least) < 0) {
            throw new YadoException(
                    ErrorCode.DISK_TOO_SMALL,
                    "disks[" + index + "].sizeGiB: image " + image.id() + " needs at least " + leastGibibytes + " GiB");
        }
        return asked;
    }

    private static void requireRaw(ImageRef image, String field) {
        if (image.format() != ImageFormat.RAW) {
            throw invalid(field + ": image " + image.id() + " has the format " + image.format()
                    + ", a kernel or initial ramdisk is raw");
        }
    }

    private static YadoException invalid(String detail) {
        return new YadoException(ErrorCode.INVALID_REQUEST, detail);
    }
}
