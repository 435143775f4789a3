package dev.yado.kernel;

import dev.yado.protocol.Mebibytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads /proc. A process that ends meanwhile is simply not there; files every Linux has throw when unreadable. */
public final class ProcFs {
    private static final int MILLIS_PER_TICK = 10; // USER_HZ is 100 on every x86-64 kernel
    private static final int PAGE_BYTES = 4096;

    // Places in /proc/PID/stat counted from the state letter, which is field 3 of proc(5).
    private static final int STATE = 0;
    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;
    private static final int START_TICKS = 19;
    private static final int RESIDENT_PAGES = 21;

    private final Path root;

    ProcFs(Path root) {
        this.root = root;
    }

    public static ProcFs ofHost() {
        return new ProcFs(Path.of("/proc"));
    }

    public Optional<ProcessInfo> process(long pid) {
        Path directory = root.resolve(Long.toString(pid));
        try {
            return Optional.of(parse(pid, directory));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    public Optional<ProcessIdentity> identity(long pid) throws IOException {
        String boot = bootId();
        return process(pid).map(info -> new ProcessIdentity(pid, info.startTicks(), boot));
    }

    /** All processes whose command line (program first) the predicate accepts; one pass over /proc. */
    public List<ProcessInfo> scan(Predicate<List<String>> commandLine) throws IOException {
        List<ProcessInfo> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root, ProcFs::isProcess)) {
            for (Path entry : entries) {
                if (accepts(entry, commandLine)) {
                    process(Long.parseLong(entry.getFileName().toString())).ifPresent(found::add);
                }
            }
        }
        return List.copyOf(found);
    }

    /** A UUID that is new with each boot. */
    public String bootId() throws IOException {
        return Files.readString(root.resolve("sys/kernel/random/boot_id")).strip();
    }

    public double uptimeSeconds() throws IOException {
        return Double.parseDouble(Files.readString(root.resolve("uptime")).split(" ")[0]);
    }

    /** The open files of a process by number; none when it is not ours to look into. */
    public Map<Integer, OpenFile> openFiles(long pid) {
        Map<Integer, OpenFile> files = new TreeMap<>();
        Path directory = root.resolve(Long.toString(pid)).resolve("fd");
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String target = Files.readSymbolicLink(entry).toString();
                if (target.startsWith("/")) {
                    long inode = ((Number) Files.getAttribute(entry, "unix:ino")).longValue();
                    files.put(Integer.parseInt(entry.getFileName().toString()), new OpenFile(target, inode));
                }
            }
        } catch (IOException e) {
            return files;
        }
        return files;
    }

    /** @param target its path as the kernel tells it, with {@code " (deleted)"} when it has none any more */
    public record OpenFile(String target, long inode) {}

    /** As {@code uname -r}. */
    public String kernelRelease() throws IOException {
        return Files.readString(root.resolve("sys/kernel/osrelease")).strip();
    }

    public HostMemory memory() throws IOException {
        List<String> lines = Files.readAllLines(root.resolve("meminfo"));
        return new HostMemory(meminfo(lines, "MemTotal:"), meminfo(lines, "MemAvailable:"));
    }

    /** Logical CPUs that are on line in the host, whatever this process may use of them. */
    public int onlineCpus() throws IOException {
        return (int) cpuinfo("processor").count();
    }

    /** As the CPU names itself, for example {@code "AMD EPYC 9965"}; "unknown" where it does not. */
    public String cpuModel() throws IOException {
        return cpuinfo("model name").findFirst().orElse("unknown");
    }

    /** As the CPU's maker calls itself to programs, for example {@code "GenuineIntel"}; "unknown" where it does not. */
    public String cpuVendor() throws IOException {
        return cpuinfo("vendor_id").findFirst().orElse("unknown");
    }

    private Stream<String> cpuinfo(String key) throws IOException {
        return Files.readAllLines(root.resolve("cpuinfo")).stream()
                .map(line -> line.split(":", 2))
                .filter(pair -> pair.length == 2 && pair[0].strip().equals(key))
                .map(pair -> pair[1].strip());
    }

    private static Mebibytes meminfo(List<String> lines, String key) throws IOException {
        String line = lines.stream()
                .filter(candidate -> candidate.startsWith(key))
                .findFirst()
                .orElseThrow(() -> new IOException("no " + key + " in meminfo"));
        long kibibytes = Long.parseLong(line.replaceAll("\\D", ""));
        return new Mebibytes(kibibytes / 1024);
    }

    private static ProcessInfo parse(long pid, Path directory) throws IOException {
        String stat = Files.readString(directory.resolve("stat"), StandardCharsets.ISO_8859_1);
        int nameEnd = stat.lastIndexOf(')'); // the name itself may hold spaces and parentheses
        String[] fields = stat.substring(nameEnd + 2).split(" ");
        long ticks = Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]);
        return new ProcessInfo(
                pid,
                stat.substring(stat.indexOf('(') + 1, nameEnd),
                fields[STATE].charAt(0),
                Long.parseLong(fields[START_TICKS]),
                commandLine(directory),
                workingDirectory(directory),
                Mebibytes.ceilOfBytes(Long.parseLong(fields[RESIDENT_PAGES]) * PAGE_BYTES),
                Duration.ofMillis(ticks * MILLIS_PER_TICK));
    }

    private static List<String> commandLine(Path directory) throws IOException {
        // Bytes, not readString: arguments need not be valid UTF-8.
        String joined = new String(Files.readAllBytes(directory.resolve("cmdline")), StandardCharsets.UTF_8);
        return joined.isEmpty() ? List.of() : List.of(joined.split("\0", -1)).subList(0, arguments(joined));
    }

    /** Every argument ends with a NUL, so an empty last one counts; a rewritten title may lack the last NUL. */
    private static int arguments(String joined) {
        int nuls = (int) joined.chars().filter(c -> c == 0).count();
        return joined.endsWith("\0") ? nuls : nuls + 1;
    }

    private static @Nullable Path workingDirectory(Path directory) {
        try {
            return Files.readSymbolicLink(directory.resolve("cwd"));
        } catch (IOException e) {
            return null;
        }
    }

    private static boolean accepts(Path entry, Predicate<List<String>> commandLine) {
        try {
            return commandLine.test(commandLine(entry));
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isProcess(Path entry) {
        return entry.getFileName().toString().chars().allMatch(Character::isDigit);
    }
}
