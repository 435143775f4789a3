import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/** What backups cost guests, and how soon a restored one runs. What is measured and how: bench/README.md. */
final class Guests {
    private static final int MIB = 1 << 20;
    /** Of the witness guest's beacon. */
    private static final int PERIOD_MS = 2;

    private static final String COMMAND_LINE = "console=ttyS0 quiet panic=0 cryptomgr.notests no_timer_check yado.beacon=";

    private final Path work = Path.of(System.getenv("BENCH_WORK"));
    private final Path guestFiles = Path.of(System.getenv("YADO_GUEST_DIR"));
    private final int rounds = Integer.getInteger("rounds", 10);
    private final int vms = Integer.getInteger("vms", 10);
    private final Yado yado;

    private Guests(Yado yado) {
        this.yado = yado;
    }

    public static void main(String[] parts) throws Exception {
        try (Yado yado = new Yado(Path.of(System.getenv("BENCH_WORK")))) {
            Guests bench = new Guests(yado);
            for (String part : parts) {
                switch (part) {
                    case "pause" -> bench.pause();
                    case "instant" -> bench.instant();
                    case "slow" -> bench.slow();
                    case "night" -> bench.night();
                    default -> throw new IllegalArgumentException("no part named " + part);
                }
            }
        }
    }

    private static void progress(String what) {
        System.err.println("bench backup: " + what);
    }

    private Yado.Vm linux(String name, int memoryMib, int periodMs, List<Map<String, Object>> disks) throws Exception {
        Yado.Vm vm = yado.create(
                Map.of(
                        "name", name, "vcpus", 1, "memoryMiB", memoryMib, "accelerator", "tcg", "disks", disks,
                        "boot", Map.of(
                                "kernelImageId", yado.image(guestFiles.resolve("vmlinuz")),
                                "initrdImageId", yado.image(guestFiles.resolve("initrd.img")),
                                "cmdline", COMMAND_LINE + periodMs)),
                periodMs);
        Shell.awaitReady(vm.directory().resolve("serial0.log"));
        return vm;
    }

    /** Begins one. @return its operation */
    private JsonNode backUp(String vm) throws Exception {
        return yado.call("POST", "/v1/vms/" + vm + "/backups", Map.of());
    }

    private JsonNode taken(JsonNode operation) throws Exception {
        return yado.call("GET", "/v1/backups/" + yado.finish(operation).path("targetId").asString(), null);
    }

    /** Ten incremental backups of a guest with two disks, each after it has written 16 MiB. */
    private void pause() throws Exception {
        Yado.Vm vm = linux("pause", 256, PERIOD_MS, List.of(Map.of("sizeGiB", 1), Map.of("sizeGiB", 1)));
        taken(backUp(vm.id()));
        List<Double> held = new ArrayList<>();
        List<Double> silent = new ArrayList<>();
        List<Double> idle = new ArrayList<>();
        List<Double> took = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            progress("pause: round " + (round + 1) + " of " + rounds);
            vm.run(
                    "for d in vda vdb; do dd if=/dev/urandom of=/mnt/$d/f bs=64k count=128 conv=notrunc,fsync 2>/dev/null; done; sync",
                    Duration.ofMinutes(1));
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
            long from = System.nanoTime();
            JsonNode backup = taken(backUp(vm.id()));
            long to = System.nanoTime();
            LockSupport.parkNanos(to - from);
            silent.add(vm.beacon().longest(from, to).ms());
            idle.add(vm.beacon().longest(to, System.nanoTime()).ms());
            held.add(backup.path("pauseMs").asDouble());
            took.add((to - from) / 1e6);
        }
        Figure.of("guest with two disks: held for a backup, as its host says", held, "ms").print();
        new Figure("guest with two disks: longest silence of its beacon, most of all backups", most(silent), "ms", most(idle)).print();
        Figure.against("guest with two disks: longest silence of its beacon, median of backups", silent, "ms", idle).print();
        Figure.of("incremental backup of 16 MiB in two disks of 1 GiB, call to end", took, "ms").print();
        vm.end();
    }

    private static double most(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    }

    /** From the call until the first byte of a guest that is made of a backup at once, whatever its disk has. */
    private void instant() throws Exception {
        Path small = guestFiles.resolve("bootsector.img");
        instant("disk of 1 GiB", small, 1);
        instant("disk of 16 GiB", small, 16);
        instant("disk of 1 GiB full of data", full(small), 1);
    }

    private Path full(Path bootSector) throws Exception {
        Path file = work.resolve("full.img");
        byte[] noise = new byte[MIB];
        Random random = new Random(1);
        try (RandomAccessFile to = new RandomAccessFile(file.toFile(), "rw")) {
            to.write(Files.readAllBytes(bootSector));
            for (long at = to.length(); at < 1024L * MIB; at += noise.length) {
                random.nextBytes(noise);
                to.write(noise, 0, (int) Math.min(noise.length, 1024L * MIB - at));
            }
        }
        return file;
    }

    private void instant(String name, Path image, int gib) throws Exception {
        Yado.Vm vm = yado.create(
                Map.of(
                        "name", "origin", "vcpus", 1, "memoryMiB", 128, "accelerator", "tcg",
                        "disks", List.of(Map.of("imageId", yado.image(image), "sizeGiB", gib))),
                PERIOD_MS);
        JsonNode backup = taken(backUp(vm.id()));
        vm.end();
        List<Double> firstByte = new ArrayList<>();
        for (int round = -2; round < rounds; round++) {
            progress("instant, " + name + ": round " + (round + 1) + " of " + rounds);
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
            long called = System.nanoTime();
            JsonNode operation = yado.call(
                    "POST", "/v1/backups/" + backup.path("id").asString() + "/restore", Map.of("name", "restored", "mode", "instant"));
            String restored = operation.path("targetId").asString();
            double ms = (firstByte(restored) - called) / 1e6;
            if (round >= 0) {
                firstByte.add(ms);
            }
            yado.finish(operation);
            yado.finish(yado.call("DELETE", "/v1/vms/" + restored, null));
        }
        Figure.of("instant restore, " + name + ": call to the guest's first byte", firstByte, "ms").print();
        Figure.of("instant restore, " + name + ": the slowest", List.of(most(firstByte)), "ms").print();
    }

    /** By {@link System#nanoTime}; looked at every 0.2 ms. */
    private long firstByte(String vm) {
        List<Path> logs = IntStream.range(0, 2).mapToObj(host -> yado.directory(host, vm).resolve("serial0.log")).toList();
        long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (logs.stream().noneMatch(log -> log.toFile().length() > 0)) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("restored VM " + vm + " says nothing");
            }
            LockSupport.parkNanos(200_000);
        }
        return System.nanoTime();
    }

    /** Guests with disks of 1 GiB of files, of which each has changed 16 MiB, are backed up; beside it each disk is copied whole. */
    private void night() throws Exception {
        Path files = work.resolve("files.img");
        run("truncate", "-s", "1G", files.toString());
        run("mke2fs", "-q", "-t", "ext4", "-d", filesOfUsr().toString(), files.toString());
        List<Yado.Vm> guests = new ArrayList<>();
        for (int i = 0; i < vms; i++) {
            progress("night: guest " + (i + 1) + " of " + vms);
            guests.add(linux("night-" + i, 128, 1000, List.of(Map.of("imageId", yado.image(files), "sizeGiB", 1))));
        }
        progress("night: full backups");
        long stored = 0;
        for (Yado.Vm each : guests) {
            stored += taken(backUp(each.id())).path("storedBytes").asLong();
        }
        List<Double> nights = new ArrayList<>();
        double changed = 0;
        for (int round = 0; round < rounds; round++) {
            progress("night: " + (round + 1) + " of " + rounds);
            for (Yado.Vm each : guests) {
                each.run("dd if=/dev/urandom of=/mnt/vda/changed bs=64k count=240 conv=fsync 2>/dev/null; sync", Duration.ofMinutes(2));
            }
            long began = System.nanoTime();
            List<JsonNode> begun = new ArrayList<>();
            for (Yado.Vm each : guests) {
                begun.add(backUp(each.id()));
            }
            changed = 0;
            for (JsonNode each : begun) {
                changed += taken(each).path("storedBytes").asDouble();
            }
            nights.add((System.nanoTime() - began) / 1e9);
            progress("night: took " + nights.getLast() + " s");
        }
        progress("night: full copies");
        long began = System.nanoTime();
        double copied = 0;
        Path copy = work.resolve("copy.qcow2");
        for (Yado.Vm each : guests) {
            run("qemu-img", "convert", "-U", "-f", "qcow2", "-O", "qcow2", disk(each), copy.toString());
            copied += (Long) Files.getAttribute(copy, "unix:size");
            Files.delete(copy);
        }
        double theirs = (System.nanoTime() - began) / 1e9;
        String name = vms + " guests of 1 GiB with 15 MiB changed: ";
        new Figure(name + "backups of all in the first night", nights.getFirst(), "s", theirs).print();
        Figure.against(name + "backups of all, median of nights", nights, "s", List.of(theirs)).print();
        new Figure(name + "added to the repository", changed / MIB, "MiB", copied / MIB).print();
        new Figure(name + "added by the first, full backups", (double) stored / MIB, "MiB", copied / MIB).print();
        for (Yado.Vm each : guests) {
            each.end();
        }
    }

    /** Writes of a guest while a backup of it is under way for all of the time, at a pace of 2 MiB/s as a slow target would have it. */
    private void slow() throws Exception {
        Path tools = Files.createDirectory(work.resolve("tools"));
        run("gcc", "-static", "-O2", "-D_GNU_SOURCE", "-o", tools.resolve("writes").toString(), System.getenv("YADO_ROOT") + "/bench/backup/writes.c");
        Path image = work.resolve("tools.img");
        run("truncate", "-s", "160M", image.toString());
        run("mke2fs", "-q", "-t", "ext4", "-d", tools.toString(), image.toString());
        Yado.Vm vm = linux("slow", 256, 1000, List.of(Map.of("imageId", yado.image(image), "sizeGiB", 1)));
        vm.run("dd if=/dev/urandom of=/mnt/vda/f bs=64k count=1024 conv=fsync 2>/dev/null; sync", Duration.ofMinutes(2));
        List<Double> idle = new ArrayList<>();
        List<Double> during = new ArrayList<>();
        for (int round = 0; round < Math.min(rounds, 3); round++) {
            progress("slow: round " + (round + 1));
            idle.add(slowest(vm));
            JsonNode operation = yado.call("POST", "/v1/vms/" + vm.id() + "/backups", Map.of("bandwidthMiBs", 2));
            String path = "/v1/backups/" + operation.path("targetId").asString();
            Shell.await("the backup to copy", Duration.ofSeconds(30), () -> phase(path).equals("COPYING"));
            during.add(slowest(vm));
            if (!phase(path).equals("COPYING")) {
                throw new IllegalStateException("the backup was over before the guest's writes were");
            }
            yado.call("POST", "/v1/operations/" + operation.path("id").asString() + "/cancel", Map.of());
            Shell.await("the backup to be broken off", Duration.ofSeconds(60), () -> phase(path).isEmpty());
        }
        Figure.against("guest's writes of 4 KiB during a slow backup, p99 (the peer is the same guest without a backup)", during, "ms", idle).print();
        vm.end();
    }

    private String phase(String backup) {
        try {
            return yado.call("GET", backup, null).path("progress").path("phase").asString("");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static double slowest(Yado.Vm vm) throws Exception {
        String said = vm.run("/mnt/vda/writes /mnt/vda/f 8", Duration.ofMinutes(1));
        progress(said.replaceAll("(?s).*(writes: [^\\r\\n]*).*", "$1"));
        return Double.parseDouble(said.replaceAll("(?s).*p99-us=(\\d+).*", "$1")) / 1000;
    }

    /** Some 800 MiB of files. */
    private Path filesOfUsr() throws Exception {
        Path directory = Files.createDirectory(work.resolve("files"));
        run(
                "bash",
                "-c",
                "find /usr/lib /usr/bin -xdev -type f -size +16k -size -8M | head -n 20000 | (total=0; while read -r f; do total=$((total"
                        + " + $(stat -c %s \"$f\"))); [ $total -lt 800000000 ] || break; printf '%s\\n' \"$f\"; done) | tar -cf - -T - 2>/dev/null"
                        + " | tar -xf - -C " + directory);
        return directory;
    }

    private static String disk(Yado.Vm vm) throws Exception {
        try (var files = Files.list(vm.directory().resolve("disks"))) {
            return files.findFirst().orElseThrow().toString();
        }
    }

    private static void run(String... words) throws Exception {
        Process process = new ProcessBuilder(words).inheritIO().redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException(String.join(" ", words) + " failed");
        }
    }
}
