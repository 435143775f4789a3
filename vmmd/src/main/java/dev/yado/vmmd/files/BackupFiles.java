package dev.yado.vmmd.files;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.partition.Partition;
import dev.yado.storage.partition.PartitionTable;
import dev.yado.storage.repository.BackupReader;
import dev.yado.storage.repository.Manifest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The file systems of one backup. */
public final class BackupFiles {
    private static final List<String> LIST = List.of("l", "-slt", "-ba", "-sccUTF-8", "-spd", "--", "/disk");

    private final BackupReader reader;

    public BackupFiles(BackupReader reader) {
        this.reader = reader;
    }

    /** What a path can begin with. @param name as in {@code 0} or {@code 0p1} */
    public record Place(String name, long bytes) {}

    /** All disks, and what they are divided into. */
    public List<Place> places() throws IOException {
        List<Place> places = new ArrayList<>();
        List<Manifest.DiskMap> disks = reader.manifest().disks();
        for (int disk = 0; disk < disks.size(); disk++) {
            places.add(new Place(Integer.toString(disk), disks.get(disk).sizeBytes()));
            for (Partition each : partitions(disk(disk))) {
                places.add(new Place(disk + "p" + each.number(), each.length()));
            }
        }
        return places;
    }

    /**
     * What is in a folder, or the file itself.
     *
     * @param path as in {@code 0p1/etc}
     * @throws YadoException {@code NOT_FOUND}, {@code INVALID_REQUEST} when there is no file system that is known
     */
    public List<FoundFile> list(String path) throws IOException, InterruptedException {
        FilePath wanted = parse(path);
        List<FoundFile> found = new ArrayList<>();
        boolean[] there = {wanted.path().isEmpty()};
        each(wanted, file -> {
            if (file.path().equals(wanted.path())) {
                there[0] = true;
                if (!file.folder()) {
                    found.add(file);
                }
            } else if (isIn(wanted.path(), file.path())) {
                there[0] = true;
                found.add(file);
            }
        });
        if (!there[0]) {
            throw notFound(path);
        }
        return found;
    }

    private static boolean isIn(String folder, String path) {
        String begin = folder.isEmpty() ? "" : folder + "/";
        return path.startsWith(begin) && path.indexOf('/', begin.length()) < 0;
    }

    /** Where the content of a file goes to, once it is known that there is one. */
    public interface Taker {
        OutputStream begin(FoundFile file) throws IOException;
    }

    /** As {@link #copy(String, Taker)}. */
    public void copy(String path, OutputStream to) throws IOException, InterruptedException {
        copy(path, _ -> to);
    }

    /**
     * The content of one file.
     *
     * @throws YadoException {@code NOT_FOUND}, {@code INVALID_REQUEST} for a folder
     */
    public void copy(String path, Taker taker) throws IOException, InterruptedException {
        FilePath wanted = parse(path);
        FoundFile[] found = new FoundFile[1];
        each(wanted, file -> {
            if (file.path().equals(wanted.path())) {
                found[0] = file;
            }
        });
        if (found[0] == null || wanted.path().isEmpty()) {
            throw notFound(path);
        }
        if (found[0].folder()) {
            throw new YadoException(ErrorCode.INVALID_REQUEST, FoundFile.shown(path) + " is a folder.");
        }
        OutputStream to = taker.begin(found[0]);
        Sandbox.run(
                volume(wanted),
                List.of("e", "-so", "-spd", "-sccUTF-8", "--", "/disk", wanted.path()),
                output -> output.transferTo(to));
    }

    private void each(FilePath wanted, Consumer<FoundFile> taker) throws IOException, InterruptedException {
        Sandbox.run(volume(wanted), LIST, output -> read(output, taker));
    }

    /** Blocks of lines {@code Name = value}, with an empty line between. */
    private static void read(InputStream output, Consumer<FoundFile> taker) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8));
        Map<String, String> block = new HashMap<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            int equals = line.indexOf(" = ");
            if (line.isEmpty()) {
                file(block).ifPresent(taker);
                block.clear();
            } else if (equals > 0) {
                block.putIfAbsent(line.substring(0, equals), line.substring(equals + 3));
            } else if (line.endsWith(" =")) {
                block.putIfAbsent(line.substring(0, line.length() - 2), "");
            }
        }
        file(block).ifPresent(taker);
    }

    private static Optional<FoundFile> file(Map<String, String> block) {
        String path = block.get("Path");
        if (path == null || path.isEmpty()) {
            return Optional.empty();
        }
        String size = block.getOrDefault("Size", "");
        String target = block.getOrDefault("Symbolic Link", "");
        return Optional.of(new FoundFile(
                path,
                block.getOrDefault("Folder", "-").equals("+")
                        || block.getOrDefault("Attributes", "").startsWith("D"),
                size.matches("\\d{1,18}") ? Long.parseLong(size) : -1,
                block.getOrDefault("Mode", block.getOrDefault("Attributes", "")),
                block.getOrDefault("Modified", ""),
                target.isEmpty() ? null : target));
    }

    Volume volume(FilePath wanted) throws IOException {
        BackupReader.Disk disk = disk(wanted.disk());
        if (wanted.partition() == 0) {
            return new Volume(disk, 0, disk.sizeBytes());
        }
        return partitions(disk).stream()
                .filter(each -> each.number() == wanted.partition())
                .findFirst()
                .map(each -> new Volume(disk, each.offset(), each.length()))
                .orElseThrow(() -> notFound(wanted.volume()));
    }

    private BackupReader.Disk disk(int number) {
        List<Manifest.DiskMap> disks = reader.manifest().disks();
        if (number >= disks.size()) {
            throw notFound(Integer.toString(number));
        }
        return reader.disk(disks.get(number).id());
    }

    private static List<Partition> partitions(BackupReader.Disk disk) throws IOException {
        return PartitionTable.read(new PartitionTable.Disk() {
            @Override
            public long sizeBytes() {
                return disk.sizeBytes();
            }

            @Override
            public void read(long offset, ByteBuffer to) {
                disk.read(offset, to);
            }
        });
    }

    static FilePath parse(String path) {
        try {
            return FilePath.parse(path);
        } catch (IllegalArgumentException e) {
            throw new YadoException(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
        }
    }

    private YadoException notFound(String path) {
        return new YadoException(
                ErrorCode.NOT_FOUND, "Backup " + reader.manifest().id() + " has no " + FoundFile.shown(path) + ".");
    }
}
