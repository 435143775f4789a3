package dev.yado.vm;

import dev.yado.network.NewNic;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Autostart;
import dev.yado.protocol.DiskCopy;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.Mebibytes;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
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
        @Nullable Setup setup,
        SortedMap<String, String> labels) {
    public NewVm {
        disks = List.copyOf(disks);
        nics = List.copyOf(nics);
        labels = Labels.checked(labels);
    }

    /** Without labels. */
    public NewVm(
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
        this(name, vcpus, memory, disks, boot, accelerator, autostart, start, nics, setup, new TreeMap<>());
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

    /** The same with all of its disks in its host's own pool, and no place in what is started after a boot. */
    public NewVm inOwnPools() {
        List<Disk> own = disks.stream()
                .map(disk -> new Disk(disk.image(), disk.size(), null, disk.origin(), disk.copy()))
                .toList();
        return new NewVm(name, vcpus, memory, own, boot, accelerator, null, start, nics, setup, labels);
    }

    /** The same with cards; its guest is told its host name. */
    public NewVm with(List<NewNic> cards) {
        Setup told = setup == null ? Setup.of(new Setup.Asked(null, List.of(), null, null), name) : setup;
        return new NewVm(name, vcpus, memory, disks, boot, accelerator, autostart, start, cards, told, labels);
    }

    /**
     * @param size null: that of the image, rounded up to a GiB
     * @param pool the shared pool that it is to be in; null: the host's own
     * @param origin the backup that it is to be made from; null: none
     * @param copy the snapshot that it is to be copied from; null: none
     */
    public record Disk(
            @Nullable ImageId image,
            @Nullable Mebibytes size,
            @Nullable String pool,
            @Nullable Origin origin,
            @Nullable Copy copy) {
        /** From nothing but its image. */
        public Disk(@Nullable ImageId image, @Nullable Mebibytes size, @Nullable String pool) {
            this(image, size, pool, null, null);
        }

        /** In the host's own pool. */
        public Disk(@Nullable ImageId image, @Nullable Mebibytes size) {
            this(image, size, null);
        }
    }

    /** @param marker of the repository, whatever hosts call it */
    public record Origin(DiskOrigin disk, UUID marker) {}

    /** @param host that has the snapshot */
    public record Copy(DiskCopy disk, HostId host) {}
}
