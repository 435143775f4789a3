import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** The whole way from {@code POST /v1/vms} to RUNNING, and back, on simulated hosts. What is measured and how: bench/README.md. */
final class Create {
    private static final int HOSTS = 10;
    private static final int CLIENTS = 8;
    /** Created and deleted before anything counts: a controller serves for months, and compiles in its first minutes. */
    private static final int WARM_UP = Integer.getInteger("warmup", 6_000);
    private static final int ROUND = 600;
    private static final int ALONE = 200;
    private static final int TOGETHER = Integer.getInteger("vms", 2_000);

    interface Call<T> {
        T run(int number) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        try (Cloud cloud = new Cloud(HOSTS)) {
            // The heap that the start left behind is not what an idle control plane needs, but it is what it takes: no collection is forced.
            Thread.sleep(Duration.ofSeconds(20));
            double controller = Proc.memoryMiB(cloud.controller());
            double postgres = Proc.memoryMiB(cloud.postgres());
            new Figure("idle memory of controller and PostgreSQL", controller + postgres, "MiB", 3.7 * 1024).print();
            new Figure("idle memory of the controller", controller, "MiB", null).print();

            System.err.println("warming up with " + WARM_UP + " VMs");
            for (int made = 0; made < WARM_UP; made += ROUND) {
                List<String> round = together(ROUND, vm -> cloud.create("warm-" + vm));
                together(ROUND, vm -> {
                    cloud.delete(round.get(vm));
                    return "";
                });
            }

            List<Double> created = new ArrayList<>();
            List<Double> deleted = new ArrayList<>();
            for (int vm = 0; vm < ALONE; vm++) {
                long begin = System.nanoTime();
                String id = cloud.create("alone-" + vm);
                long running = System.nanoTime();
                cloud.delete(id);
                created.add((running - begin) / 1e6);
                deleted.add((System.nanoTime() - running) / 1e6);
            }
            new Figure("create one at a time, p50", Figure.median(created), "ms", 790.0).print();
            new Figure("create one at a time, p99", percentile(created, 0.99), "ms", null).print();
            Figure.of("delete one at a time, p50", deleted, "ms").print();

            double controllerCpu = Proc.cpuSeconds(cloud.controller());
            double postgresCpu = Proc.cpuSeconds(cloud.postgres());
            double simulatorCpu = Proc.cpuSeconds(cloud.simulator());
            long begin = System.nanoTime();
            Slowest slowest = new Slowest();
            List<String> vms = together(TOGETHER, vm -> slowest.of(() -> cloud.create("together-" + vm)));
            rate("created with 8 clients", begin, 1.8);
            new Figure("slowest create with 8 clients", slowest.millis(), "ms", null).print();
            System.err.println("the slowest: " + cloud.get("/v1/operations?targetId=" + slowest.vm()));
            cpu("controller", Proc.cpuSeconds(cloud.controller()) - controllerCpu);
            cpu("PostgreSQL", Proc.cpuSeconds(cloud.postgres()) - postgresCpu);
            cpu("simulator", Proc.cpuSeconds(cloud.simulator()) - simulatorCpu);
            begin = System.nanoTime();
            together(TOGETHER, vm -> {
                cloud.delete(vms.get(vm));
                return "";
            });
            rate("deleted with 8 clients", begin, null);

            List<String> few = together(100, vm -> cloud.create("read-" + vm));
            begin = System.nanoTime();
            together(TOGETHER, vm -> cloud.get("/v1/vms/" + few.get(vm % few.size())));
            rate("GET /v1/vms/{id} with 8 clients", begin, 56.0);
        }
        System.exit(0);
    }

    /** Which of many calls took longest: one that waits for something lost hides in a rate. */
    private static final class Slowest {
        private double millis;
        private String vm = "";

        String of(Callable<String> create) throws Exception {
            long begin = System.nanoTime();
            String created = create.call();
            keep(created, (System.nanoTime() - begin) / 1e6);
            return created;
        }

        private synchronized void keep(String created, double took) {
            if (took > millis) {
                millis = took;
                vm = created;
            }
        }

        synchronized double millis() {
            return millis;
        }

        synchronized String vm() {
            return vm;
        }
    }

    /** What a create costs, whatever else the machine does. */
    private static void cpu(String of, double seconds) {
        new Figure("CPU of a create: " + of, seconds * 1000 / TOGETHER, "ms", null).print();
    }

    private static void rate(String name, long begin, Double peer) {
        double value = TOGETHER / ((System.nanoTime() - begin) / 1e9);
        String ratio = peer == null ? "" : ", \"peer\": %s, \"ratio\": %.1f".formatted(peer, value / peer);
        System.out.printf("{\"name\": \"%s\", \"value\": %.0f, \"unit\": \"1/s\"%s}%n", name, value, ratio);
    }

    static double percentile(List<Double> values, double share) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get((int) Math.min(sorted.size() - 1, Math.ceil(sorted.size() * share) - 1));
    }

    /** By {@link #CLIENTS} at a time; results in no order but that of the numbers. */
    static List<String> together(int count, Call<String> call) throws Exception {
        return together(count, CLIENTS, call);
    }

    static List<String> together(int count, int clients, Call<String> call) throws Exception {
        AtomicInteger next = new AtomicInteger();
        String[] results = new String[count];
        Queue<Future<?>> running = new ConcurrentLinkedQueue<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
            for (int client = 0; client < clients; client++) {
                running.add(threads.submit(() -> {
                    for (int number = next.getAndIncrement(); number < count; number = next.getAndIncrement()) {
                        results[number] = call.run(number);
                    }
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        }
        return List.of(results);
    }
}
