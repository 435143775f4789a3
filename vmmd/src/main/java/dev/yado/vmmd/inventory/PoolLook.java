package dev.yado.vmmd.inventory;

import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.protocol.inventory.FileFound;
import dev.yado.storage.DirectoryPool;
import dev.yado.storage.ImageSighting;
import dev.yado.vmmd.inventory.Findings.Sight;
import dev.yado.vmmd.vm.Inspection;
import dev.yado.vmmd.vm.Vms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Files that are nobody's, images that are not what their names say, records that no VM's loop could use. */
final class PoolLook {
    /** What the daemon, its storage and QEMU make in a VM's directory. */
    private static final Pattern OURS = Pattern.compile(
            "(memory|journal|snapshots)\\.json(\\.new)?|seed\\.iso.*|disks|sock|backup|restore|(serial\\d|qemu)\\.log(\\.old)?(\\.new)?|\\.direct-io.*");

    private static final Pattern DISK =
            Pattern.compile("([0-9a-f-]{36})(\\.[0-9a-f-]{36})?\\.(qcow2|top|snap)(\\.new)?");

    private final Path root;
    private final DirectoryPool pool;
    private final Vms vms;
    private final Findings findings;

    PoolLook(Path root, DirectoryPool pool, Vms vms, Findings findings) {
        this.root = root;
        this.pool = pool;
        this.vms = vms;
        this.findings = findings;
    }

    void look(Map<VmId, Inspection> held, List<Sight> sights, List<FileFound> files) throws InterruptedException {
        images(held, sights, files);
        for (Path entry : list(root.resolve("vms"))) {
            VmId id = vmOf(entry);
            if (id == null) {
                stray(entry, sights);
            } else if (!vms.owns(id) && Files.exists(entry)) {
                sights.add(new Sight(
                        DriftKind.RECORD_UNUSABLE,
                        id,
                        "vms/" + id,
                        "a record that the daemon can use",
                        Files.exists(entry.resolve("memory.json")) ? "memory.json is damaged" : "memory.json is gone"));
            } else {
                strangers(entry, held.get(id), sights);
            }
        }
    }

    private void images(Map<VmId, Inspection> held, List<Sight> sights, List<FileFound> files)
            throws InterruptedException {
        Map<String, ImageRef> used = used(held);
        for (ImageSighting image : pool.lookAtImages()) {
            if (image.sha256() == null) {
                stray(image.file(), sights);
                continue;
            }
            ImageRef wanted = used.get(image.sha256());
            files.add(new FileFound(root.relativize(image.file()).toString(), image.bytes(), wanted != null));
            if (!image.intact()) {
                Sight sight = new Sight(
                        DriftKind.IMAGE_CHANGED,
                        null,
                        root.relativize(image.file()).toString(),
                        "content with the digest in its name",
                        "another content of " + image.bytes() + " bytes");
                if (fetchAgain(image, wanted)) {
                    findings.healed(sight);
                } else {
                    sights.add(sight);
                }
            }
        }
    }

    /** False while it could not be fetched: until then a start does so. */
    private boolean fetchAgain(ImageSighting image, @Nullable ImageRef wanted) throws InterruptedException {
        try {
            pool.discard(image.file().getFileName().toString());
            if (wanted != null) {
                pool.image(wanted);
            }
            return true;
        } catch (YadoException e) {
            return false;
        }
    }

    private static Map<String, ImageRef> used(Map<VmId, Inspection> held) {
        Map<String, ImageRef> used = new HashMap<>();
        for (Inspection inspection : held.values()) {
            VmSpec spec = inspection.memory().spec();
            if (spec != null) {
                DirectBoot boot = spec.shape().boot();
                Stream.concat(
                                spec.shape().disks().stream().map(DiskSpec::image),
                                boot == null ? Stream.empty() : Stream.of(boot.kernel(), boot.initrd()))
                        .flatMap(Stream::ofNullable)
                        .forEach(image -> used.put(image.sha256(), image));
            }
        }
        return used;
    }

    private void strangers(Path directory, @Nullable Inspection inspection, List<Sight> sights) {
        VmSpec spec = inspection == null ? null : inspection.memory().spec();
        if (inspection == null || spec == null || inspection.busy()) {
            return;
        }
        list(directory).stream()
                .filter(file -> !OURS.matcher(file.getFileName().toString()).matches())
                .forEach(file -> stray(file, sights));
        Set<String> disks = spec.shape().disks().stream()
                .map(disk -> disk.id().toString())
                .collect(Collectors.toCollection(TreeSet::new));
        for (Path file : list(directory.resolve("disks"))) {
            var name = DISK.matcher(file.getFileName().toString());
            if (!name.matches() || !disks.contains(name.group(1))) {
                stray(file, sights);
            }
        }
    }

    private void stray(Path file, List<Sight> sights) {
        String bytes;
        try {
            bytes = Files.isDirectory(file) ? "a directory" : Files.size(file) + " bytes";
        } catch (IOException e) {
            return;
        }
        sights.add(
                new Sight(DriftKind.STRAY_FILE, null, root.relativize(file).toString(), "nothing of that name", bytes));
    }

    private static @Nullable VmId vmOf(Path entry) {
        try {
            return VmId.of(entry.getFileName().toString());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static List<Path> list(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            return List.of();
        }
    }
}
