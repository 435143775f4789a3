import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;

/** Reads of the API by 50 clients, each with one call at a time, on a cloud of 10,000 VMs. What is measured and how: bench/README.md. */
final class Reads {
    private static final int HOSTS = 100;
    private static final int VMS = Integer.getInteger("vms", 10_000);
    private static final int CLIENTS = 50;
    private static final int RATE = Integer.getInteger("rate", 3_500);
    private static final Duration WARM_UP = Duration.ofSeconds(Integer.getInteger("warmup", 15));
    private static final Duration MEASURED = Duration.ofSeconds(Integer.getInteger("seconds", 15));

    public static void main(String[] arguments) throws Exception {
        try (Cloud cloud = new Cloud(HOSTS)) {
            System.err.println("making " + VMS + " VMs");
            long begin = System.nanoTime();
            List<String> ids = Create.together(VMS, 16, vm -> cloud.ask("vm-" + vm));
            settle(cloud);
            System.err.printf("made in %.0f s%n", (System.nanoTime() - begin) / 1e9);
            RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
            measure(cloud, "get one", _ -> "/v1/vms/" + ids.get(random.nextInt(VMS)));
            measure(cloud, "get one at a given rate", RATE, _ -> "/v1/vms/" + ids.get(random.nextInt(VMS)));
            measure(cloud, "filter by name", _ -> "/v1/vms?name=vm-" + random.nextInt(VMS));
            String cursor = Cloud.field("nextCursor", cloud.get("/v1/vms?limit=" + Math.min(1000, VMS / 2)));
            measure(cloud, "page of 100", call -> "/v1/vms?limit=100" + (call % 2 == 0 ? "" : "&cursor=" + cursor));
        }
        System.exit(0);
    }

    /** Until what was asked for runs; a straggler is not waited for. */
    private static void settle(Cloud cloud) throws Exception {
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        for (String state : new String[] {"PENDING", "PREPARING", "STARTING"}) {
            while (!cloud.get("/v1/vms?limit=1&state=" + state).contains("\"items\":[]") && System.nanoTime() < deadline) {
                Thread.sleep(500);
            }
        }
    }

    private static void measure(Cloud cloud, String name, IntFunction<String> path) throws Exception {
        measure(cloud, name, 0, path);
    }

    private static void measure(Cloud cloud, String name, int rate, IntFunction<String> path) throws Exception {
        Readers readers = new Readers(Integer.parseInt(System.getenv("BENCH_PORT")), cloud.token(), CLIENTS, path);
        readers.run(WARM_UP, rate);
        double controller = Proc.cpuSeconds(cloud.controller());
        double postgres = Proc.cpuSeconds(cloud.postgres());
        double own = Proc.cpuSeconds(List.of(ProcessHandle.current().pid()));
        long begin = System.nanoTime();
        long[] nanos = readers.run(MEASURED, rate);
        double seconds = (System.nanoTime() - begin) / 1e9;
        readers.close();
        Arrays.sort(nanos);
        print(name + ", 50 clients", nanos.length / seconds, "1/s");
        print(name + ", p50", nanos[nanos.length / 2] / 1e6, "ms");
        print(name + ", p99", nanos[(int) (nanos.length * 0.99)] / 1e6, "ms");
        double each = 1e6 / nanos.length;
        print(name + ", CPU of the controller", (Proc.cpuSeconds(cloud.controller()) - controller) * each, "us a call");
        print(name + ", CPU of PostgreSQL", (Proc.cpuSeconds(cloud.postgres()) - postgres) * each, "us a call");
        print(
                name + ", CPU of the clients",
                (Proc.cpuSeconds(List.of(ProcessHandle.current().pid())) - own) * each,
                "us a call");
    }

    private static void print(String name, double value, String unit) {
        new Figure(name, value, unit, null).print();
    }
}
