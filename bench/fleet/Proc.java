import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What processes have used, from /proc. */
final class Proc {
    private static final double TICKS_PER_SECOND = 100;

    private Proc() {}

    static long pid(Path file) throws IOException {
        return Long.parseLong(Files.readString(file).lines().findFirst().orElseThrow().strip());
    }

    /** The process and all below it. */
    static List<Long> tree(long root) {
        List<Long> all = new ArrayList<>(List.of(root));
        ProcessHandle.of(root).ifPresent(handle -> handle.descendants().forEach(child -> all.add(child.pid())));
        return all;
    }

    /** Of user and kernel, with what ended children have used. */
    static double cpuSeconds(List<Long> pids) {
        double sum = 0;
        for (long pid : pids) {
            try {
                String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
                String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
                for (int field = 11; field <= 14; field++) {
                    sum += Long.parseLong(fields[field]) / TICKS_PER_SECOND;
                }
            } catch (IOException gone) {
                // Its parent has counted it.
            }
        }
        return sum;
    }

    /** Resident memory; pages that processes share (PostgreSQL's buffers) are counted once, in proportion. */
    static double memoryMiB(List<Long> pids) {
        double sum = 0;
        for (long pid : pids) {
            try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
                sum += lines.filter(line -> line.startsWith("Pss:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .sum() / 1024.0;
            } catch (IOException gone) {
                // Ended meanwhile.
            }
        }
        return sum;
    }
}
