package dev.yado.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The memory of services again and again, each time after their garbage is collected. What counts is where it goes, not how much it
 * is: compilers, caches and the allocator take theirs for a while.
 */
final class MemoryTrend {
    private static final Pattern USED =
            Pattern.compile("(?:DefNew|Tenured|Metaspace)\\s+(?:total \\d+K, )?used (\\d+)K");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    private final Cloud cloud;
    /** In KiB, by service and kind of memory. */
    private final Map<String, List<Long>> samples = new LinkedHashMap<>();

    MemoryTrend(Cloud cloud) {
        this.cloud = cloud;
    }

    void sample(List<String> services) throws IOException, InterruptedException {
        for (String service : services) {
            String pid = Long.toString(cloud.service(service).pid());
            jcmd(pid, "GC.run");
            add(service + " live objects and classes", USED, jcmd(pid, "GC.heap_info"));
            add(service + " resident", RESIDENT, Files.readString(Path.of("/proc/" + pid + "/status")));
        }
    }

    private void add(String kind, Pattern figure, String said) {
        Matcher found = figure.matcher(said);
        long sum = 0;
        while (found.find()) {
            sum += Long.parseLong(found.group(1));
        }
        if (sum == 0) {
            throw new IllegalStateException("no " + kind + " in: " + said);
        }
        samples.computeIfAbsent(kind, _ -> new ArrayList<>()).add(sum);
    }

    /** The JDK's own program, of the JDK that runs the services. */
    private static String jcmd(String pid, String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), pid, command)
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("jcmd " + pid + " " + command + ": " + said);
        }
        return said;
    }

    /** How much each has grown over the second half, in KiB: the median slope between two samples, so that no single one counts. */
    Map<String, Long> grownOverSecondHalf() {
        Map<String, Long> grown = new LinkedHashMap<>();
        samples.forEach((kind, all) -> {
            List<Long> half = all.subList(all.size() / 2, all.size());
            double[] slopes = IntStream.range(0, half.size())
                    .boxed()
                    .flatMap(i -> IntStream.range(i + 1, half.size())
                            .mapToObj(j -> (double) (half.get(j) - half.get(i)) / (j - i)))
                    .mapToDouble(Double::doubleValue)
                    .sorted()
                    .toArray();
            grown.put(kind, slopes.length == 0 ? 0 : Math.round(slopes[slopes.length / 2] * (half.size() - 1)));
        });
        return grown;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(
                "%-42s %9s %9s %9s %9s  (KiB)%n".formatted("memory", "first", "middle", "last", "2nd half"));
        Map<String, Long> grown = grownOverSecondHalf();
        samples.forEach((kind, all) -> text.append("%-42s %9d %9d %9d %+9d%n"
                .formatted(kind, all.getFirst(), all.get(all.size() / 2), all.getLast(), grown.get(kind))));
        return text.toString();
    }
}
