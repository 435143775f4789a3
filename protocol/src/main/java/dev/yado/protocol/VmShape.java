package dev.yado.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a VM is made of; it changes only while the VM is stopped. */
public record VmShape(
        int vcpus,
        Mebibytes memory,
        AcceleratorChoice accelerator,
        List<DiskSpec> disks,
        @Nullable DirectBoot boot) {
    public VmShape {
        disks = List.copyOf(disks);
    }
}
