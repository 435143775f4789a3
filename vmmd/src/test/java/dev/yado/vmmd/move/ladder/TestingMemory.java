package dev.yado.vmmd.move.ladder;

import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.vmmd.qmp.MigrationParameter;
import dev.yado.vmmd.qmp.MigrationStatistics;
import dev.yado.vmmd.qmp.MigrationStatistics.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * QEMU 7.2 copying a guest's memory, in steps of a millisecond: it looks at its rate every 100 ms, looks for what was written when
 * little remains, switches over when what remains takes less than the limit at the rate that it has seen, and throttles after two
 * rounds of a second that found more than its threshold.
 */
final class TestingMemory {
    private static final long PAGE = 4096;
    private static final double ZERO_PAGES_PER_MS = 5_000;

    /**
     * @param pages of the guest; those that are not full are zeroes
     * @param workingSet pages that it writes to, each as likely as the other
     * @param sync how long it takes to look for what was written
     */
    record Guest(long pages, long full, long workingSet, double pagesPerSecond, long bytesPerSecond, Duration sync) {}

    /** How it ended. */
    record End(Status status, Duration at, double downtimeMs, List<Rung> rungs, int throttle, boolean followed) {
        List<Rung.Kind> kinds() {
            return rungs.stream().map(Rung::kind).distinct().toList();
        }
    }

    private final Guest guest;
    private Status status = Status.ACTIVE;
    private long ms;
    private double zeroes;
    private double remaining;
    private double written;
    private double sent;
    private double zeroesSent;
    private long syncs = 1;
    private long busyUntil;
    private double seenRate;
    private double sentAtLook;
    private long lastPeriod;
    private double writtenInPeriod;
    private double sentAtPeriod;
    private int high;
    private int throttle;
    private long dirtyRate;
    private double downtimeMs;
    private final Map<MigrationParameter, Long> parameters;

    private TestingMemory(Guest guest, Map<MigrationParameter, Long> parameters) {
        this.guest = guest;
        this.parameters = new java.util.EnumMap<>(parameters);
        remaining = guest.full();
        zeroes = guest.pages() - guest.full();
    }

    /** Has the ladder lead it to its end, looking every so many milliseconds. */
    static End migrate(Guest guest, Ladder ladder, int every, Duration most) {
        Opening opening = ladder.opening(Duration.ZERO);
        TestingMemory memory = new TestingMemory(guest, opening.parameters());
        List<Rung> rungs = new ArrayList<>(opening.rungs());
        boolean followed = false;
        while (!memory.status.over() && memory.ms < most.toMillis()) {
            memory.step();
            if (memory.ms % every == 0) {
                Duration now = Duration.ofMillis(memory.ms);
                switch (ladder.next(memory.statistics(), now)) {
                    case Decision.Keep _ -> {}
                    case Decision.Adjust(var values, var rung) -> {
                        memory.parameters.putAll(values);
                        rungs.add(rung);
                    }
                    case Decision.StartPostCopy(var rung) -> {
                        followed = true;
                        rungs.add(rung);
                        memory.status = Status.POSTCOPY_ACTIVE;
                        memory.downtimeMs = 5;
                    }
                    case Decision.RecoverPostCopy _ -> throw new AssertionError("nothing was broken");
                    case Decision.GiveUp end -> {
                        rungs.add(end.rung());
                        memory.status = Status.CANCELLED;
                    }
                }
            }
        }
        return new End(
                memory.status, Duration.ofMillis(memory.ms), memory.downtimeMs, rungs, memory.throttle, followed);
    }

    private void step() {
        ms++;
        double fresh = guest.pagesPerSecond() / 1000 * (1 - throttle / 100.0);
        if (guest.workingSet() > 0) {
            written += fresh * Math.max(0, 1 - written / guest.workingSet());
        }
        if (ms >= busyUntil) {
            send();
        }
        if (ms % 100 == 0) {
            seenRate = (sent - sentAtLook) * PAGE / 100;
            sentAtLook = sent;
        }
        if (status == Status.POSTCOPY_ACTIVE) {
            written = 0;
            if (remaining + zeroes < 1) {
                status = Status.COMPLETED;
            }
            return;
        }
        double threshold = seenRate * parameters.getOrDefault(MigrationParameter.DOWNTIME_LIMIT, 300L) / PAGE;
        if (remaining + zeroes <= threshold && ms >= busyUntil) {
            sync();
            if (remaining < Math.max(1, threshold)) {
                status = Status.COMPLETED;
                downtimeMs = remaining * PAGE / rate() * 1000 + 2;
            }
        }
    }

    private double rate() {
        long cap = parameters.getOrDefault(MigrationParameter.MAX_BANDWIDTH, 0L);
        return cap == 0 ? guest.bytesPerSecond() : Math.min(cap, guest.bytesPerSecond());
    }

    private void send() {
        double part = Math.min(1, zeroes / ZERO_PAGES_PER_MS);
        double skipped = Math.min(zeroes, ZERO_PAGES_PER_MS);
        // Zeroes and others come mixed: a half of the time for each while there are both.
        double share = zeroes <= 0 ? 1 : remaining <= 0 ? 0 : 1 - part / 2;
        zeroes -= skipped;
        zeroesSent += skipped;
        double pages = Math.min(remaining, rate() / 1000 / PAGE * share);
        remaining -= pages;
        sent += pages;
    }

    private void sync() {
        syncs++;
        busyUntil = ms + guest.sync().toMillis();
        double found = written * (1 - remaining / Math.max(guest.pages(), 1));
        remaining = Math.min(guest.pages(), remaining + found);
        writtenInPeriod += found;
        written = 0;
        if (ms > lastPeriod + 1000) {
            dirtyRate = Math.round(writtenInPeriod * 1000 / (ms - lastPeriod));
            trigger();
            lastPeriod = ms;
            writtenInPeriod = 0;
            sentAtPeriod = sent;
        }
    }

    private void trigger() {
        if (!parameters.containsKey(MigrationParameter.MAX_CPU_THROTTLE)) {
            return;
        }
        double part = parameter(MigrationParameter.THROTTLE_TRIGGER_THRESHOLD) / 100.0;
        if (writtenInPeriod > (sent - sentAtPeriod) * part && ++high >= 2) {
            high = 0;
            long next = throttle == 0
                    ? parameter(MigrationParameter.CPU_THROTTLE_INITIAL)
                    : throttle + parameter(MigrationParameter.CPU_THROTTLE_INCREMENT);
            throttle = (int) Math.min(parameter(MigrationParameter.MAX_CPU_THROTTLE), next);
        }
    }

    private long parameter(MigrationParameter which) {
        return Objects.requireNonNull(parameters.get(which));
    }

    private MigrationStatistics statistics() {
        return statistics(
                status,
                (long) ((remaining + zeroes) * PAGE),
                (long) sent,
                (long) zeroesSent,
                dirtyRate,
                syncs,
                throttle);
    }

    static MigrationStatistics statistics(
            Status status, long remaining, long normal, long zeroes, long dirtyRate, long syncs, int throttle) {
        MigrationStatistics.Memory memory = new MigrationStatistics.Memory(
                normal * PAGE, remaining, 1L << 30, zeroes, normal, PAGE, dirtyRate, syncs, 0, 0, 0, 0, 0);
        return new MigrationStatistics(status, 0, 0, null, null, memory, null, throttle, null, null);
    }
}
