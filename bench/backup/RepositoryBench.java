import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.VmId;
import dev.yado.storage.repository.BackupHead;
import dev.yado.storage.repository.BackupPoint;
import dev.yado.storage.repository.BackupReader;
import dev.yado.storage.repository.BackupWriter;
import dev.yado.storage.repository.DiskWriter;
import dev.yado.storage.repository.Keys;
import dev.yado.storage.repository.Manifest;
import dev.yado.storage.repository.Repository;
import dev.yado.storage.repository.VerifyReport;
import dev.yado.storage.repository.chunk.ChunkCodec;
import dev.yado.storage.repository.chunk.ChunkId;
import dev.yado.storage.repository.store.DirectoryStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import tools.jackson.databind.node.JsonNodeFactory;

/** What the repository makes of one disk: files of this machine, as they would lie on a guest's, and a quarter of nothing. */
final class RepositoryBench {
    private static final int MIB = 1 << 20;
    private static final int BLOCK = 64 << 10;
    private static final VmId VM = VmId.random();
    private static final com.sun.management.OperatingSystemMXBean OS =
            (com.sun.management.OperatingSystemMXBean) java.lang.management.ManagementFactory.getOperatingSystemMXBean();
    private static final Path WORK = Path.of(System.getProperty("bench.work"));

    private final DiskId id = DiskId.random();
    private final byte[] disk = new byte[Integer.getInteger("mib", 384) * MIB];
    private final Random random = new Random(1);
    private int number;

    public static void main(String[] args) throws IOException {
        RepositoryBench bench = new RepositoryBench();
        bench.fill();
        for (String part : args) {
            switch (part) {
                case "chunks" -> bench.chunks();
                case "levels" -> bench.levels();
                case "figures" -> bench.figures();
                case "verify" -> bench.verify();
                default -> throw new IllegalArgumentException("no such part: " + part);
            }
        }
    }

    /** As a file system lays them: each from a new block of 4 KiB on. */
    private void fill() throws IOException {
        int data = disk.length / 4 * 3;
        int at = 0;
        try (Stream<Path> files = Stream.of("/usr/lib", "/usr/bin", "/usr/share").map(Path::of).flatMap(RepositoryBench::walk)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                byte[] content = Files.readAllBytes(file);
                int length = Math.min(content.length, data - at);
                System.arraycopy(content, 0, disk, at, length);
                at = (at + length + 4095) & -4096;
                if (at >= data) {
                    break;
                }
            }
        }
        System.err.printf("%d MiB of files on a disk of %d MiB%n", at / MIB, disk.length / MIB);
    }

    private static Stream<Path> walk(Path root) {
        try {
            return Files.walk(root)
                    .filter(each -> Files.isRegularFile(each, java.nio.file.LinkOption.NOFOLLOW_LINKS) && Files.isReadable(each))
                    .filter(each -> each.toFile().length() < 64 * MIB)
                    .sorted(Comparator.comparing(Path::toString));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Repository repository(int chunkBytes) {
        return Repository.create(new DirectoryStore(WORK.resolve("r" + number++)), Keys.none(), Duration.ZERO, chunkBytes);
    }

    private Manifest full(Repository repository) {
        try (BackupWriter writer = repository.begin(new BackupHead(BackupId.random(), VM, null))) {
            try (DiskWriter to = writer.disk(id, disk.length, Optional.empty())) {
                for (int at = 0; at < disk.length; at += MIB) {
                    to.write(at, ByteBuffer.wrap(disk, at, MIB));
                }
            }
            return writer.finish(point());
        }
    }

    private static BackupPoint point() {
        return new BackupPoint(Instant.now(), "CRASH", JsonNodeFactory.instance.objectNode());
    }

    /** One block in every 4 MiB on average. */
    private boolean[] change(int blocks) {
        boolean[] changed = new boolean[disk.length / BLOCK];
        byte[] noise = new byte[BLOCK / 2];
        for (int each = 0; each < blocks; ) {
            int block = random.nextInt(changed.length);
            if (!changed[block]) {
                changed[block] = true;
                random.nextBytes(noise);
                System.arraycopy(noise, 0, disk, block * BLOCK, noise.length);
                each++;
            }
        }
        return changed;
    }

    private Manifest incremental(Repository repository, BackupId previous, boolean[] changed) {
        try (BackupReader before = repository.read(previous);
                BackupWriter writer = repository.begin(new BackupHead(BackupId.random(), VM, null))) {
            try (DiskWriter to = writer.disk(id, disk.length, Optional.of(before.disk(id)))) {
                for (int block = 0; block < changed.length; ) {
                    int end = block;
                    while (end < changed.length && changed[end] == changed[block]) {
                        end++;
                    }
                    int length = (end - block) * BLOCK;
                    if (changed[block]) {
                        to.write((long) block * BLOCK, ByteBuffer.wrap(disk, block * BLOCK, length));
                    } else {
                        to.unchanged((long) block * BLOCK, length);
                    }
                    block = end;
                }
            }
            return writer.finish(point());
        }
    }

    private Manifest compared(Repository repository, BackupId previous) {
        try (BackupReader before = repository.read(previous);
                BackupWriter writer = repository.begin(new BackupHead(BackupId.random(), VM, null))) {
            try (DiskWriter to = writer.disk(id, disk.length, Optional.of(before.disk(id)))) {
                for (int at = 0; at < disk.length; at += MIB) {
                    to.compare(at, ByteBuffer.wrap(disk, at, MIB));
                }
            }
            return writer.finish(point());
        }
    }

    /** Of processor time, of all threads: the same on a busy machine. */
    private double seconds(Runnable what) {
        long begin = OS.getProcessCpuTime();
        what.run();
        return (OS.getProcessCpuTime() - begin) / 1e9;
    }

    private double wall(Runnable what) {
        long begin = System.nanoTime();
        what.run();
        return (System.nanoTime() - begin) / 1e9;
    }

    private static void say(String name, double value, String unit) {
        System.out.printf(Locale.ROOT, "{\"name\": \"%s\", \"value\": %.3g, \"unit\": \"%s\"}%n", name, value, unit);
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    private void figures() {
        full(repository(Repository.CHUNK_BYTES));
        List<Double> full = new ArrayList<>();
        List<Double> verify = new ArrayList<>();
        List<Double> compare = new ArrayList<>();
        List<Double> incremental = new ArrayList<>();
        List<Double> incrementalWall = new ArrayList<>();
        List<Double> restore = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            Repository repository = repository(Repository.CHUNK_BYTES);
            Manifest[] first = new Manifest[1];
            full.add(disk.length / seconds(() -> first[0] = full(repository)) / 1e6);
            VerifyReport[] report = new VerifyReport[1];
            double took = seconds(() -> report[0] = repository.verify());
            verify.add(report[0].bytes() / took / 1e6);
            restore.add(disk.length / seconds(() -> restore(repository, first[0].id())) / 1e6);
            compare.add(disk.length / seconds(() -> compared(repository, first[0].id())) / 1e6);
            boolean[] changed = change(256);
            incrementalWall.add(wall(() ->
                    incremental.add(seconds(() -> incremental(repository, first[0].id(), changed)) * 1e3)) * 1e3);
        }
        say("full backup", median(full), "MB of the disk a second of processor time");
        say("verify", median(verify), "MB of data without zeroes a second of processor time");
        say("restore", median(restore), "MB of the disk a second of processor time");
        say("compare with nothing changed", median(compare), "MB of the disk a second of processor time");
        say("incremental, 16 MiB in 256 blocks", median(incremental), "ms of processor time");
        say("incremental, 16 MiB in 256 blocks, wall", median(incrementalWall), "ms");
    }

    /** By the clock, with all processors that the process may use. */
    private void verify() {
        Repository repository = repository(Repository.CHUNK_BYTES);
        full(repository);
        repository.verify();
        List<Double> verify = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            VerifyReport[] report = new VerifyReport[1];
            double took = wall(() -> report[0] = repository.verify());
            verify.add(report[0].bytes() / took / 1e6);
        }
        say("verify on " + Runtime.getRuntime().availableProcessors() + " processors", median(verify), "MB of data without zeroes a second");
    }

    private void restore(Repository repository, BackupId backup) {
        ByteBuffer to = ByteBuffer.allocate(MIB);
        try (BackupReader reader = repository.read(backup)) {
            BackupReader.Disk from = reader.disk(id);
            for (int at = 0; at < disk.length; at += MIB) {
                from.read(at, to.clear());
                if (!Arrays.equals(to.array(), 0, MIB, disk, at, at + MIB)) {
                    throw new IllegalStateException("another byte came back");
                }
            }
        }
    }

    /** The same with chunks of several sizes; the last columns are what the choice is about. */
    private void chunks() throws IOException {
        full(repository(Repository.CHUNK_BYTES));
        System.out.println("chunk KiB | full MB/s | stored MiB | chunks | incremental ms | stored MiB | first backup of a clone, stored MiB"
                + " | 64 KiB at random, us");
        byte[] before = disk.clone();
        for (int kib : new int[] {64, 128, 256, 512, 1024}) {
            System.arraycopy(before, 0, disk, 0, disk.length);
            Repository repository = repository(kib << 10);
            Manifest[] first = new Manifest[2];
            double full = disk.length / seconds(() -> first[0] = full(repository)) / 1e6;
            double random = randomRead(repository, first[0].id());
            boolean[] changed = change(64);
            double incremental = seconds(() -> first[1] = incremental(repository, first[0].id(), changed)) * 1e3;
            change(64);
            Manifest clone = full(repository);
            System.out.printf(
                    Locale.ROOT,
                    "%d | %.0f | %.1f | %d | %.0f | %.2f | %.1f | %.0f%n",
                    kib,
                    full,
                    first[0].figures().storedBytes() / (double) MIB,
                    first[0].figures().newChunks(),
                    incremental,
                    first[1].figures().storedBytes() / (double) MIB,
                    clone.figures().storedBytes() / (double) MIB,
                    random);
        }
    }

    private double randomRead(Repository repository, BackupId backup) {
        ByteBuffer to = ByteBuffer.allocate(BLOCK);
        List<Double> micros = new ArrayList<>();
        try (BackupReader reader = repository.read(backup)) {
            BackupReader.Disk from = reader.disk(id);
            for (int each = 0; each < 500; each++) {
                long offset = random.nextInt(disk.length / 4 * 3 / BLOCK) * (long) BLOCK;
                micros.add(wall(() -> from.read(offset, to.clear())) * 1e6);
            }
        }
        return median(micros);
    }

    /** What compressing alone costs at each level, in chunks of the size that was chosen. */
    private void levels() {
        System.out.println("level | compress MB/s | of the size, %");
        int data = disk.length / 4 * 3;
        for (int level : new int[] {-5, -3, -1, 1, 2, 3, 5}) {
            try (ChunkCodec codec = new ChunkCodec(level, Repository.CHUNK_BYTES, null)) {
                long[] stored = new long[1];
                double took = seconds(() -> {
                    for (int at = 0; at < data; at += Repository.CHUNK_BYTES) {
                        stored[0] += codec.encode(new ChunkId(0, 0, 0, 0), disk, at, Repository.CHUNK_BYTES).remaining();
                    }
                });
                System.out.printf(Locale.ROOT, "%d | %.0f | %.1f%n", level, data / took / 1e6, 100.0 * stored[0] / data);
            }
        }
    }
}
