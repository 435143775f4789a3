package dev.yado.vmmd.qemu;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Mac;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that decides QEMU's command line.
 *
 * @param cpuModel in QEMU's words, with flags
 * @param cards network cards, in the order of their bus addresses
 * @param seed a read-only disk that tells the guest of itself; null: none
 * @param incoming it waits for a guest from another host instead of booting one
 * @param machineType versioned, so that the guest sees the same machine after QEMU was updated
 */
public record GuestMachine(
        VmId id,
        String name,
        int vcpus,
        Mebibytes memory,
        Accelerator accelerator,
        String cpuModel,
        String machineType,
        List<Drive> drives,
        List<Card> cards,
        @Nullable Path seed,
        @Nullable Kernel kernel,
        boolean incoming) {
    public GuestMachine {
        drives = List.copyOf(drives);
        cards = List.copyOf(cards);
    }

    /** One that boots. */
    public GuestMachine(
            VmId id,
            String name,
            int vcpus,
            Mebibytes memory,
            Accelerator accelerator,
            String cpuModel,
            String machineType,
            List<Drive> drives,
            List<Card> cards,
            @Nullable Path seed,
            @Nullable Kernel kernel) {
        this(id, name, vcpus, memory, accelerator, cpuModel, machineType, drives, cards, seed, kernel, false);
    }

    /** What a drive is called in QEMU's block graph. @param index its place among them */
    public static String node(int index) {
        return "disk" + index;
    }

    /**
     * What it is called after the disk has been changed over to another file. @param changes how often that was since the process began
     */
    public static String node(int index, int changes) {
        return changes == 0 ? node(index) : node(index) + "-" + changes;
    }

    /** What a layer of a drive is called that it stood on when the process began: by the end of its file's name. */
    public static String layer(int index, Path file) {
        // A name has at most 31 characters. What is left of the file's id was drawn by lot.
        String id = file.getFileName().toString().replace("-", "").replaceFirst("\\.qcow2$", "");
        return "layer" + index + "-" + id.substring(Math.max(0, id.length() - 16));
    }

    /** What the lowest layer of a drive stands on. */
    public static String base(int index) {
        return "base" + index;
    }

    /** What a drive stands on that still lacks something of its backup. @param index its place among them */
    public static String restored(int index) {
        return "restored" + index;
    }

    /**
     * @param file qcow2
     * @param layers of snapshots that it stands on, from the top to the bottom
     * @param base what it, or the lowest layer, is a thin clone of
     * @param serial what the guest reads as the disk's serial number, at most 20 characters
     * @param shared another host could open it too: QEMU must be able to lock it, or does not start
     * @param restored the export that what it lacks is read from; null: it lacks nothing
     */
    public record Drive(
            Path file,
            List<Path> layers,
            @Nullable Base base,
            String serial,
            DiskAccess access,
            boolean shared,
            @Nullable String restored) {
        public Drive {
            layers = List.copyOf(layers);
        }

        /** One that lacks nothing and of which there is no snapshot. */
        public Drive(Path file, @Nullable Base base, String serial, DiskAccess access, boolean shared) {
            this(file, List.of(), base, serial, access, shared, null);
        }

        /** Without what it stands on, as a node of the block graph, in QEMU's words. */
        public Map<String, Object> alone(String node) {
            Map<String, Object> words = QemuCommandLine.file(node, this);
            words.put("backing", null);
            return words;
        }
    }

    public record Base(Path file, ImageFormat format) {}

    /**
     * A network card. The process is given a TAP for each as descriptors 3, 4, ...
     *
     * @param mtu told to the guest
     */
    public record Card(Mac mac, int mtu) {}

    /** Direct boot. */
    public record Kernel(Path image, @Nullable Path initrd, String cmdline) {}
}
