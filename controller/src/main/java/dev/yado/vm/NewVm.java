package dev.yado.vm;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Autostart;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.Mebibytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a caller asks for. */
public record NewVm(
        String name,
        int vcpus,
        Mebibytes memory,
        List<Disk> disks,
        @Nullable Boot boot,
        AcceleratorChoice accelerator,
        @Nullable Autostart autostart,
        boolean start) {
    public NewVm {
        disks = List.copyOf(disks);
    }

    /** @param size null: that of the image, rounded up to a GiB */
    public record Disk(@Nullable ImageId image, @Nullable Mebibytes size) {}
}
