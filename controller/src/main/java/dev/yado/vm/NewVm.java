package dev.yado.vm;

import dev.yado.network.NewNic;
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
        boolean start,
        List<NewNic> nics,
        @Nullable Setup setup) {
    public NewVm {
        disks = List.copyOf(disks);
        nics = List.copyOf(nics);
    }

    /** Without cards, and told nothing. */
    public NewVm(
            String name,
            int vcpus,
            Mebibytes memory,
            List<Disk> disks,
            @Nullable Boot boot,
            AcceleratorChoice accelerator,
            @Nullable Autostart autostart,
            boolean start) {
        this(name, vcpus, memory, disks, boot, accelerator, autostart, start, List.of(), null);
    }

    /** The same with cards; its guest is told its host name. */
    public NewVm with(List<NewNic> cards) {
        Setup told = setup == null ? Setup.of(new Setup.Asked(null, List.of(), null, null), name) : setup;
        return new NewVm(name, vcpus, memory, disks, boot, accelerator, autostart, start, cards, told);
    }

    /**
     * @param size null: that of the image, rounded up to a GiB
     * @param pool the shared pool that it is to be in; null: the host's own
     */
    public record Disk(
            @Nullable ImageId image,
            @Nullable Mebibytes size,
            @Nullable String pool) {
        /** In the host's own pool. */
        public Disk(@Nullable ImageId image, @Nullable Mebibytes size) {
            this(image, size, null);
        }
    }
}
