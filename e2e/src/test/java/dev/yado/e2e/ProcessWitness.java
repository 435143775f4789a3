package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the process tables of all hosts all the time. A guest that moves has a process on two hosts, of which only one runs it: that
 * one's virtual processors use time, the other one's do not.
 */
final class ProcessWitness implements AutoCloseable {
    private static final long LOOK_EVERY_MILLIS = 20;
    /** What a virtual processor uses for being made, and for being told to stop. */
    private static final long BEGINNING_NANOS = 100_000_000;

    private static final long STOPPING_NANOS = 50_000_000;
    /** A process that is no QEMU by then becomes none. */
    private static final int LOOKS_UNTIL_KNOWN = 50;

    private final Path hosts;
    private final Map<Long, Seen> table = new HashMap<>();
    private final Map<String, List<String>> wrong = new HashMap<>();
    private final Thread looking;

    ProcessWitness(Cloud cloud) {
        hosts = cloud.state().resolve("hosts");
        looking = Thread.ofPlatform().daemon().start(this::goOnLooking);
    }

    private static final class Seen {
        private int looks;
        private @Nullable String vm;
        private @Nullable String host;
        private List<Path> processors = List.of();
        private long used;
        /** What its processors had used when another one was first seen to run the guest. */
        private final Map<Long, Long> usedBefore = new HashMap<>();
    }

    private void goOnLooking() {
        try {
            while (true) {
                look();
                Thread.sleep(LOOK_EVERY_MILLIS);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private synchronized void look() throws IOException {
        List<Long> present = new ArrayList<>();
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> Character.isDigit(name.charAt(0)))
                    .map(Long::valueOf)
                    .forEach(present::add);
        }
        table.keySet().retainAll(present);
        Map<String, List<Long>> guests = new HashMap<>();
        for (long pid : present) {
            Seen seen = table.computeIfAbsent(pid, _ -> new Seen());
            if (seen.vm == null && seen.looks++ < LOOKS_UNTIL_KNOWN) {
                know(pid, seen);
            }
            if (seen.vm != null) {
                seen.used = used(seen);
                guests.computeIfAbsent(seen.vm, _ -> new ArrayList<>()).add(pid);
            }
        }
        guests.forEach(this::judge);
    }

    private void know(long pid, Seen seen) {
        String[] words = text(Path.of("/proc/" + pid + "/cmdline")).split("\0");
        if (!words[0].contains("qemu-system")) {
            return;
        }
        try {
            Path directory = Path.of("/proc/" + pid + "/cwd").toRealPath();
            if (directory.startsWith(hosts)) {
                seen.host = hosts.relativize(directory).getName(0).toString();
                seen.vm = directory.getFileName().toString();
            }
        } catch (IOException gone) {
            // The next look finds out.
        }
    }

    /** Nanoseconds of its virtual processors. */
    private static long used(Seen seen) {
        return seen.processors.stream()
                .mapToLong(processor -> {
                    String[] words = text(processor).split(" ");
                    return words[0].isBlank() ? 0 : Long.parseLong(words[0]);
                })
                .sum();
    }

    private static List<Path> processors(long pid) {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            threads.filter(thread -> text(thread.resolve("comm")).startsWith("CPU "))
                    .forEach(thread -> found.add(thread.resolve("schedstat")));
        } catch (IOException gone) {
            // It uses nothing any more.
        }
        return found;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException gone) {
            return "";
        }
    }

    private void judge(String vm, Collection<Long> processes) {
        List<Long> pids = processes.stream().sorted().toList();
        for (long pid : pids) {
            Seen seen = Objects.requireNonNull(table.get(pid));
            if (seen.processors.isEmpty()) {
                seen.processors = processors(pid);
            }
            for (long other : pids) {
                Seen begun = Objects.requireNonNull(table.get(other));
                if (other == pid || isDead(pid) || isDead(other)) {
                    continue;
                }
                if (Objects.equals(begun.host, seen.host)) {
                    told(vm, "two processes on " + seen.host + ": " + pid + ", " + other);
                }
                // The one that was there last is the one that it comes to.
                if (other > pid && begun.used > BEGINNING_NANOS) {
                    long before = seen.usedBefore.computeIfAbsent(other, _ -> seen.used);
                    if (seen.used - before > STOPPING_NANOS) {
                        told(vm, "runs on " + seen.host + " and on " + begun.host);
                    }
                }
            }
        }
    }

    private static boolean isDead(long pid) {
        return text(Path.of("/proc/" + pid + "/cmdline")).isEmpty();
    }

    private void told(String vm, String what) {
        List<String> all = wrong.computeIfAbsent(vm, _ -> new ArrayList<>());
        if (!all.contains(what)) {
            all.add(what);
        }
    }

    synchronized void neverSawTwo(Vm vm) {
        assertThat(looking.isAlive()).as("somebody looks").isTrue();
        assertThat(wrong.getOrDefault(vm.id(), List.of()))
                .as("processes of " + vm.name())
                .isEmpty();
    }

    @Override
    public void close() {
        looking.interrupt();
    }
}
