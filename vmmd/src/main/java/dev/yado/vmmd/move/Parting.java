package dev.yado.vmmd.move;

import dev.yado.protocol.Cause;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.vmmd.move.Outgoing.Outcome;
import dev.yado.vmmd.qmp.MigrationStatistics;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.store.Lesson;
import dev.yado.vmmd.store.LessonStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of a departure: says {@code go} until it is known where the guest belongs, and what is to be told of it. */
final class Parting {
    private static final Logger log = LoggerFactory.getLogger(Parting.class);

    /** The guest is held so much longer at most for its connections' sake. */
    private static final Duration LAST_FLOWS = Duration.ofMillis(100);

    private static final Duration SHORTEST_RETRY = Duration.ofMillis(100);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(2);

    private final VmId vm;
    private final Course course;
    private final Peer peer;
    private final ToldFlows flows;
    private final Outgoing.Listener listener;
    private final LessonStore lessons;
    private boolean arrived;
    private double blackoutMs;
    private Duration sent = Duration.ZERO;
    private Duration said = Duration.ZERO;

    Parting(VmId vm, Course course, Peer peer, ToldFlows flows, Outgoing.Listener listener, LessonStore lessons) {
        this.vm = vm;
        this.course = course;
        this.peer = peer;
        this.flows = flows;
        this.listener = listener;
        this.lessons = lessons;
    }

    /** The destination has let it run. */
    boolean arrived() {
        return arrived;
    }

    /**
     * To be called when everything has been sent that it needs to run.
     *
     * @param next the phase once the destination has let it run
     * @return null while it goes on
     */
    @Nullable
    Outcome go(Leaving leaving, Phase next) throws IOException, InterruptedException {
        if (!course.sayGo()) {
            return next == Phase.FOLLOWING ? null : stayed(leaving, course.reason());
        }
        sent = held();
        course.phase(Phase.SWITCHING);
        listener.leaves();
        flows.awaitLast(LAST_FLOWS);
        said = held();
        return insist(leaving, next);
    }

    /** Says go until there is an answer, or whoever may has said that it stays. */
    @Nullable
    Outcome insist(Leaving leaving, Phase next) throws IOException, InterruptedException {
        Duration retry = SHORTEST_RETRY;
        while (!course.isOverruled()) {
            try {
                ArrivalAnswer there = peer.go(Peer.ANSWER);
                switch (there.phase()) {
                    case ARRIVED -> {
                        return let(leaving, next, there.ranAt());
                    }
                    case ABORTED -> {
                        String why = "The destination has not let it run" + Outgoing.because(there.cause());
                        return stayed(leaving, new Cause(Cause.Code.MIGRATION_FAILED, why));
                    }
                    case PREPARING, READY -> log.debug("VM {}: the destination still waits", vm);
                }
            } catch (IOException e) {
                if (course.phase() != Phase.IN_DOUBT) {
                    course.phase(Phase.IN_DOUBT);
                    log.warn(
                            "VM {}: go was said and not answered, the guest is held until it is known where it is: {}",
                            vm,
                            e.getMessage());
                }
            }
            course.next(retry);
            retry = retry.multipliedBy(2).compareTo(LONGEST_RETRY) < 0 ? retry.multipliedBy(2) : LONGEST_RETRY;
        }
        return stayed(leaving, course.reason());
    }

    /** As {@link #insist}, of one that cannot go on before there is an answer. */
    Outcome ask(Leaving leaving, Phase next) throws IOException, InterruptedException {
        Outcome outcome = insist(leaving, next);
        return outcome == null ? stayed(leaving, course.reason()) : outcome;
    }

    private @Nullable Outcome let(Leaving leaving, Phase next, @Nullable Instant ranAt) throws InterruptedException {
        // One clock is better than two, but knows nothing of when an answer that was lost was given.
        Duration held = course.phase() == Phase.IN_DOUBT ? course.heldUntil(ranAt) : course.held(System.nanoTime());
        blackoutMs = held.toNanos() / 1e6;
        arrived = true;
        log.info(
                "VM {}: its guest was held for {} ms: {} until all had been sent, {} until go was said, {} until it was answered",
                vm,
                ms(held),
                ms(sent),
                ms(said.minus(sent)),
                ms(held.minus(said)));
        course.phase(next == Phase.HANDED_OVER ? Phase.SWITCHING : next);
        return next == Phase.HANDED_OVER ? handedOver(leaving) : null;
    }

    private Duration held() {
        return course.held(System.nanoTime());
    }

    private static double ms(Duration time) {
        return Math.round(time.toNanos() / 1e4) / 100.0;
    }

    Outcome handedOver(Leaving leaving) throws InterruptedException {
        MigrationStatistics all = null;
        SourceQemu source = leaving.qemu();
        if (source != null) {
            try {
                all = source.statistics();
            } catch (QmpException e) {
                log.debug("VM {}: its figures cannot be asked any more", vm, e);
            }
        }
        MigrationStatistics.Memory memory = all == null ? null : all.memory();
        if (all != null && memory != null && !Double.isNaN(course.memoryAtMs())) {
            lessons.add(lesson(all, memory, leaving.disks().copiedBytes()));
        }
        DepartureAnswer.Result result = new DepartureAnswer.Result(
                course.elapsed().toMillis(),
                blackoutMs,
                all == null || all.downtimeMs() == null ? 0 : all.downtimeMs(),
                memory == null ? 0 : memory.syncs(),
                leaving.disks().copiedBytes() + (memory == null ? 0 : memory.transferredBytes()),
                course.throttledMs());
        return new Outcome.Decided(course.answer(Phase.HANDED_OVER, result, null));
    }

    private Lesson lesson(MigrationStatistics all, MigrationStatistics.Memory memory, long diskBytes) {
        long differences = all.xbzrle() == null ? 0 : all.xbzrle().pages();
        double elapsedMs = course.elapsed().toNanos() / 1e6;
        return new Lesson(
                vm,
                memory.normalPages() + differences,
                memory.zeroPages(),
                course.memoryAtMs() - course.disksMs() + all.setupMs(),
                all.totalMs() - all.setupMs(),
                Math.max(0, elapsedMs - course.memoryAtMs() - all.totalMs()),
                blackoutMs,
                memory.downtimeBytes(),
                diskBytes,
                course.disksMs(),
                course.departure().goal().bandwidthMiBs() != null || memory.postcopyBytes() > 0);
    }

    Outcome stayed(Leaving leaving, Cause why) {
        SourceQemu source = leaving.qemu();
        if (source != null) {
            try {
                leaving.disks().abandon();
                source.forget();
            } catch (IOException e) {
                log.warn("VM {}: keys of a move that is over are left: {}", vm, e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return new Outcome.Decided(course.answer(Phase.STAYED, null, why));
    }
}
