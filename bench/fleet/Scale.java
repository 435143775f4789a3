import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/** One controller, thousands of hosts that report. What is measured and how: bench/README.md. */
final class Scale {
    private static final int HOSTS = Integer.getInteger("hosts", 2_500);
    private static final int VMS = Integer.getInteger("vms", 40_000);
    private static final Duration WINDOW = Duration.ofSeconds(Integer.getInteger("seconds", 60));
    private static final int CREATORS = 16;
    private static final int READS_PER_SECOND = 20;
    private static final int CORES = Runtime.getRuntime().availableProcessors();

    public static void main(String[] arguments) throws Exception {
        try (Cloud cloud = new Cloud(HOSTS)) {
            System.err.println(HOSTS + " hosts are there; waiting until their reports are taken without delay");
            awaitCalm(cloud);
            System.err.println("creating " + VMS + " VMs through the API");
            long begin = System.nanoTime();
            List<String> vms = Create.together(VMS, CREATORS, vm -> {
                if (vm % 2_000 == 0 && vm > 0) {
                    System.err.printf("  %d VMs, %.0f/s%n", vm, vm / ((System.nanoTime() - begin) / 1e9));
                }
                return cloud.create("vm-" + vm);
            });
            rate("created on " + HOSTS + " hosts with " + CREATORS + " clients", VMS / seconds(begin), "1/s");
            // What creating has left to be done: a checkpoint, vacuum, just-in-time compilers.
            Thread.sleep(Duration.ofSeconds(30));
            measure(cloud, vms);
        }
        System.exit(0);
    }

    /** A controller that was just started has not compiled anything, and all hosts have come to it at once. */
    private static void awaitCalm(Cloud cloud) throws Exception {
        for (int look = 0; look < 36; look++) {
            cloud.reportFigures();
            Thread.sleep(Duration.ofSeconds(5));
            String figures = cloud.reportFigures();
            System.err.println("  " + figures);
            if (number("p99Millis", figures) < 1_000 && number("failed", figures) == 0) {
                return;
            }
        }
    }

    private static void measure(Cloud cloud, List<String> vms) throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        List<Double> reads = Collections.synchronizedList(new ArrayList<>());
        Thread reader = Thread.ofPlatform().start(() -> read(cloud, vms, ended, reads));
        cloud.reportFigures();
        double controller = Proc.cpuSeconds(cloud.controller());
        double postgres = Proc.cpuSeconds(cloud.postgres());
        double simulator = Proc.cpuSeconds(cloud.simulator());
        long begin = System.nanoTime();
        Thread.sleep(WINDOW);
        double seconds = seconds(begin);
        controller = Proc.cpuSeconds(cloud.controller()) - controller;
        postgres = Proc.cpuSeconds(cloud.postgres()) - postgres;
        simulator = Proc.cpuSeconds(cloud.simulator()) - simulator;
        String reports = cloud.reportFigures();
        ended.set(true);
        reader.join();

        double whole = seconds * CORES / 100;
        rate("CPU of controller and PostgreSQL, of " + CORES + " cores", (controller + postgres) / whole, "%");
        rate("CPU of the controller", controller / whole, "%");
        rate("CPU of PostgreSQL", postgres / whole, "%");
        rate("CPU of the simulator (not counted)", simulator / whole, "%");
        rate("reports", number("reports", reports) / seconds, "1/s");
        rate("reports without answer", number("failed", reports), "");
        rate("report sent to committed, p50", number("p50Millis", reports), "ms");
        rate("report sent to committed, p99", number("p99Millis", reports), "ms");
        rate("API reads meanwhile, p50", Create.percentile(reads, 0.5), "ms");
        rate("API reads meanwhile, p99", Create.percentile(reads, 0.99), "ms");
        rate("memory of controller and PostgreSQL", Proc.memoryMiB(cloud.controller()) + Proc.memoryMiB(cloud.postgres()), "MiB");
    }

    /** One VM by id, and every tenth time a page of 100. */
    private static void read(Cloud cloud, List<String> vms, AtomicBoolean ended, List<Double> took) {
        try {
            for (int number = 0; !ended.get(); number++) {
                String vm = vms.get(ThreadLocalRandom.current().nextInt(vms.size()));
                long begin = System.nanoTime();
                cloud.get(number % 10 == 9 ? "/v1/vms?limit=100" : "/v1/vms/" + vm);
                took.add((System.nanoTime() - begin) / 1e6);
                Thread.sleep(1000 / READS_PER_SECOND);
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static double number(String name, String json) {
        return Double.parseDouble(Cloud.field(name, json));
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    private static void rate(String name, double value, String unit) {
        new Figure(name, value, unit, null).print();
    }
}
