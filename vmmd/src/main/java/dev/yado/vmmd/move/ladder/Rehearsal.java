package dev.yado.vmmd.move.ladder;

import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.vmmd.qmp.MigrationParameter;
import dev.yado.vmmd.qmp.MigrationStatistics;
import dev.yado.vmmd.qmp.MigrationStatistics.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * QEMU copying a guest's memory as the ladder has it, in no time. As QEMU 7.2 does it: it looks at its rate every 100 ms, looks for
 * what was written when little remains, switches over when what remains takes less than the limit at the rate that it has seen, and
 * throttles after two rounds of a second that found more than its threshold. Differences instead of pages save nothing here.
 */
final class Rehearsal {
    static final double ZERO_PAGES_PER_MS = 5_000;
    private static final long PAGE = 4096;
    private static final double POST_COPY_HOLD_MS = 3;

    /**
     * @param pages of the guest; those that are not full are zeroes
     * @param bytesPerSecond of full pages, when there is nothing else to do
     * @param zeroPagesPerMs of the others
     * @param sync how long it takes to look for what was written
     * @param heldMs longer than the last pages take
     */
    record Guest(
            long pages,
            long full,
            Writing writing,
            double bytesPerSecond,
            double zeroPagesPerMs,
            Duration sync,
            double heldMs) {}

    /** How it ended. @param at since the begin of the departure */
    record End(
            Status status,
            Duration at,
            double downtimeMs,
            long rounds,
            List<Rung> rungs,
            int throttle,
            boolean followed) {
        List<Rung.Kind> kinds() {
            return rungs.stream().map(Rung::kind).distinct().toList();
        }
    }

    /**
     * How closely it is looked at.
     *
     * @param begin of copying memory, since the begin of the departure
     * @param stepMs of the model
     * @param lookMs between two questions of the ladder
     * @param most longer is not looked
     */
    record Pace(Duration begin, int stepMs, int lookMs, Duration most) {}

    private final Guest guest;
    private final int stepMs;
    private Status status = Status.ACTIVE;
    private long ms;
    private double zeroes;
    private double remaining;
    /** That the guest has run since it was last looked what it has written. */
    private double ranMs;

    private double sent;
    private double zeroesSent;
    private long syncs = 1;
    private long busyUntil;
    private double seenRate;
    private double sentAtLook;
    private long lookAt = 100;
    private long lastPeriod;
    private double writtenInPeriod;
    private double sentAtPeriod;
    private int high;
    private int throttle;
    private long dirtyRate;
    /** For what remained at the switch-over. */
    private double lastMs;

    private double downtimeMs;
    private final Map<MigrationParameter, Long> parameters;

    private Rehearsal(Guest guest, int stepMs, Map<MigrationParameter, Long> parameters) {
        this.guest = guest;
        this.stepMs = stepMs;
        this.parameters = new EnumMap<>(MigrationParameter.class);
        this.parameters.putAll(parameters);
        remaining = guest.full();
        zeroes = Math.max(0, guest.pages() - guest.full());
    }

    /** Has the ladder lead it to its end. */
    static End migrate(Guest guest, Ladder ladder, Pace pace) {
        Opening opening = ladder.opening(pace.begin());
        Rehearsal memory = new Rehearsal(guest, pace.stepMs(), opening.parameters());
        List<Rung> rungs = new ArrayList<>(opening.rungs());
        boolean followed = false;
        long nextLook = pace.lookMs();
        while (!memory.status.over() && memory.ms < pace.most().toMillis()) {
            memory.step();
            if (memory.ms >= nextLook) {
                nextLook = memory.ms + pace.lookMs();
                switch (ladder.next(memory.statistics(), pace.begin().plusMillis(memory.ms))) {
                    case Decision.Keep _ -> {}
                    case Decision.Adjust(var values, var rung) -> {
                        memory.parameters.putAll(values);
                        rungs.add(rung);
                    }
                    case Decision.StartPostCopy(var rung) -> {
                        followed = true;
                        rungs.add(rung);
                        memory.status = Status.POSTCOPY_ACTIVE;
                        memory.downtimeMs = POST_COPY_HOLD_MS + guest.heldMs();
                        memory.remaining += memory.found();
                        memory.syncs++;
                    }
                    case Decision.RecoverPostCopy _ -> throw new IllegalStateException("nothing was broken");
                    case Decision.GiveUp end -> {
                        rungs.add(end.rung());
                        memory.status = Status.CANCELLED;
                    }
                }
            }
        }
        return new End(
                memory.status,
                pace.begin().plusMillis(memory.ms + Math.round(memory.lastMs)),
                memory.downtimeMs,
                memory.syncs,
                rungs,
                memory.throttle,
                followed);
    }

    private void step() {
        ms += stepMs;
        ranMs += stepMs * (1 - throttle / 100.0);
        if (ms >= busyUntil) {
            send();
        }
        if (ms >= lookAt) {
            seenRate = (sent - sentAtLook) * PAGE / (100 + ms - lookAt);
            sentAtLook = sent;
            lookAt = ms + 100;
        }
        if (status == Status.POSTCOPY_ACTIVE) {
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
                lastMs = remaining * PAGE / rate() * 1000 + zeroes / guest.zeroPagesPerMs();
                downtimeMs = lastMs + guest.heldMs();
            }
        }
    }

    private double rate() {
        long cap = parameters.getOrDefault(MigrationParameter.MAX_BANDWIDTH, 0L);
        return cap == 0 ? guest.bytesPerSecond() : Math.min(cap, guest.bytesPerSecond());
    }

    private void send() {
        double most = guest.zeroPagesPerMs() * stepMs;
        double part = Math.min(1, zeroes / most);
        double skipped = Math.min(zeroes, most);
        // Zeroes and others come mixed: a half of the time for each while there are both.
        double share = zeroes <= 0 ? 1 : remaining <= 0 ? 0 : 1 - part / 2;
        zeroes -= skipped;
        zeroesSent += skipped;
        double pages = Math.min(remaining, rate() * stepMs / 1000 / PAGE * share);
        remaining -= pages;
        sent += pages;
    }

    /** Pages that the guest has written to since this was last asked. */
    private double found() {
        double written = guest.writing().after(ranMs / 1000) / PAGE;
        ranMs = 0;
        return written * (1 - remaining / Math.max(guest.pages(), 1));
    }

    private void sync() {
        syncs++;
        busyUntil = ms + guest.sync().toMillis();
        double found = found();
        remaining = Math.min(guest.pages(), remaining + found);
        writtenInPeriod += found;
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
