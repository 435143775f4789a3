import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** How long a guest takes to say its first byte, and to be gone. What is measured and how: bench/README.md. */
final class Start {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int VCPUS = 1;
    private static final int MEMORY_MIB = 128;
    /** Rounds before those that count: caches, just-in-time compilers, libvirt's own probing of QEMU. */
    private static final int WARM_UP = 5;

    private final Path work = Path.of(System.getenv("BENCH_WORK"));
    private final Path image = Files.copy(Path.of(System.getenv("YADO_GUEST_DIR"), "bootsector.img"), work.resolve("bootsector.img"));
    private final int rounds = Integer.parseInt(System.getenv("BENCH_ROUNDS"));

    private Start() throws Exception {}

    public static void main(String[] parts) throws Exception {
        Start bench = new Start();
        for (String part : parts) {
            switch (part) {
                case "guest" -> bench.guests();
                case "daemon" -> bench.daemon();
                case "api" -> new Cloud(bench.work.resolve("cloud"), bench.image, VCPUS, MEMORY_MIB).measure(bench.rounds, WARM_UP);
                default -> throw new IllegalArgumentException("no part named " + part);
            }
        }
        // Clients that were left open hold nobody up.
        System.exit(0);
    }

    /** All in milliseconds from the call. */
    private static final class Samples {
        final List<Double> firstByte = new ArrayList<>();
        final List<Double> started = new ArrayList<>();
        final List<Double> gone = new ArrayList<>();
        final List<Double> stopped = new ArrayList<>();
    }

    private void guests() throws Exception {
        try (HostDaemon daemon = new HostDaemon(work.resolve("daemon"), image, VCPUS, MEMORY_MIB);
                Libvirt libvirt = new Libvirt(work.resolve("libvirt"));
                Libvirt ownInit = new Libvirt(work.resolve("libvirt-own-init"))) {
            daemon.launch();
            daemon.awaitHealth();
            daemon.define();
            Libvirt.Domain ordinary = define(libvirt, "ordinary");
            Map<String, Side> sides = new LinkedHashMap<>();
            sides.put("yado", daemon.byConnection());
            sides.put("virsh", ordinary.byCommand());
            sides.put("yado by curl", daemon.byCommand());
            sides.put("open virsh", ordinary.byConnection());
            sides.put("virsh, same devices", define(libvirt, "same-devices").byCommand());
            sides.put("virsh, own init", define(ownInit, "ordinary").byCommand());
            report(interleave(sides));
        }
    }

    private Libvirt.Domain define(Libvirt libvirt, String name) throws Exception {
        Path template = Path.of(System.getenv("YADO_ROOT"), "bench/start/" + name + ".xml");
        return libvirt.define(name, template, image, System.getenv("BENCH_MACHINE"), VCPUS, MEMORY_MIB);
    }

    private Map<String, Samples> interleave(Map<String, Side> sides) throws Exception {
        Map<String, Samples> all = new HashMap<>();
        sides.keySet().forEach(name -> all.put(name, new Samples()));
        for (int round = -WARM_UP; round < rounds; round++) {
            progress(round < 0 ? "warming up" : "round " + (round + 1) + " of " + rounds);
            for (Map.Entry<String, Side> side : sides.entrySet()) {
                once(side.getValue(), round < 0 ? new Samples() : all.get(side.getKey()));
            }
        }
        return all;
    }

    private static void once(Side side, Samples samples) throws Exception {
        rest();
        long before = Watch.size(side.serialLog());
        Callable<CompletableFuture<?>> start = side.start();
        long called = System.nanoTime();
        CompletableFuture<Long> answered = start.call().thenApply(_ -> System.nanoTime());
        samples.firstByte.add(millis(Watch.growth(side.serialLog(), before, PATIENCE) - called));
        samples.started.add(millis(answered.get(60, TimeUnit.SECONDS) - called));
        side.settle();
        rest();
        Callable<CompletableFuture<?>> stop = side.stop();
        try (Watch.End end = new Watch.End(Watch.pidOfGuest(side.uuid()))) {
            called = System.nanoTime();
            answered = stop.call().thenApply(_ -> System.nanoTime());
            samples.gone.add(millis(end.await(PATIENCE) - called));
            samples.stopped.add(millis(answered.get(60, TimeUnit.SECONDS) - called));
        }
        side.settle();
    }

    private static void report(Map<String, Samples> all) {
        Samples yado = all.get("yado");
        Samples curl = all.get("yado by curl");
        Samples virsh = all.get("virsh");
        Samples open = all.get("open virsh");
        Samples same = all.get("virsh, same devices");
        Samples ownInit = all.get("virsh, own init");
        Figure.against("start: call to first guest byte; peer: virsh start", yado.firstByte, "ms", virsh.firstByte).print();
        Figure.against("start, both clients connected before; peer: start in an open virsh", yado.firstByte, "ms", open.firstByte).print();
        Figure.against("start, both clients executed; curl; peer: virsh start", curl.firstByte, "ms", virsh.firstByte).print();
        Figure.against("start; peer: virsh start of a guest with no other devices than ours", yado.firstByte, "ms", same.firstByte).print();
        Figure.against("hard stop: call to process gone; peer: virsh destroy to its end", yado.gone, "ms", ownInit.stopped).print();
        Figure.against("hard stop; peer: virsh destroy to its end, where init reaps at once", yado.gone, "ms", virsh.stopped).print();
        Figure.against("hard stop; peer: virsh destroy to process gone", yado.gone, "ms", virsh.gone).print();
        Figure.against("hard stop: call to answer; peer: destroy in an open virsh, where init reaps at once", yado.stopped, "ms", open.stopped).print();
    }

    private void daemon() throws Exception {
        List<Double> cpu = new ArrayList<>();
        List<Double> children = new ArrayList<>();
        List<Double> memory = new ArrayList<>();
        List<Double> ready = new ArrayList<>();
        try (HostDaemon daemon = new HostDaemon(work.resolve("daemon-start"), image, VCPUS, MEMORY_MIB)) {
            for (int round = -1; round < rounds; round++) {
                rest();
                long called = System.nanoTime();
                ProcessHandle process = daemon.launch();
                daemon.awaitHealth();
                if (round >= 0) {
                    ready.add(millis(System.nanoTime() - called));
                    // After the parenthesis of the name: field 3 is the first; times in ticks of 10 ms.
                    String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
                    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
                    cpu.add(10.0 * (Long.parseLong(fields[11]) + Long.parseLong(fields[12])));
                    children.add(10.0 * (Long.parseLong(fields[13]) + Long.parseLong(fields[14])));
                    memory.add(Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                            .filter(line -> line.startsWith("VmRSS:"))
                            .mapToDouble(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0)
                            .findFirst()
                            .orElseThrow());
                }
                daemon.end();
            }
        }
        Figure.of("vmmd start: CPU time until it answers", cpu, "ms").print();
        Figure.of("vmmd start: CPU time of its children (asking QEMU)", children, "ms").print();
        Figure.of("vmmd start: time until it answers", ready, "ms").print();
        Figure.of("vmmd start: resident memory", memory, "MiB").print();
    }

    /** What the side before has left to do is not to fall into this one's time. */
    static void rest() throws InterruptedException {
        Thread.sleep(100);
    }

    static double millis(long nanos) {
        return nanos / 1e6;
    }

    static void progress(String what) {
        System.err.println("bench start: " + what);
    }
}
