package dev.yado.vmmd.vm;

import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.vmmd.qemu.GuestConsole;
import dev.yado.vmmd.qemu.GuestFiles;
import dev.yado.vmmd.qemu.QemuProcess;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.store.Journal;
import dev.yado.vmmd.store.Run;
import dev.yado.vmmd.store.VmStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One VM, as its loop sees it: what is desired, what was done, what is under way. Only the loop's thread touches it. What it
 * decides is {@link NextStep}'s; here it is carried out.
 */
final class OwnedVm {
    private static final Logger log = LoggerFactory.getLogger(OwnedVm.class);
    private static final Duration REMOVE_AGAIN = Duration.ofSeconds(5);
    /** More than any chain of steps that need no event between them. */
    private static final int MOST_STEPS = 10;

    private final VmId id;
    private final HostParts host;
    private final Consumer<VmEvent> loop;
    private final GuestConsole console;
    private RequestPolicy.@Nullable Memory memory;
    private Journal journal;
    private @Nullable Attempt attempt;
    private boolean brokenOff;
    private boolean launching;
    private @Nullable LiveGuest guest;
    private boolean awaitingTurn;
    private boolean directoryLeft;
    private boolean removing;
    private long removeAgainAt = Long.MAX_VALUE;
    /** A disk error or a refusal of QEMU under this generation is not answered by trying again. */
    private long gaveUpGeneration = Long.MIN_VALUE;

    OwnedVm(
            VmId id,
            HostParts host,
            RequestPolicy.@Nullable Memory memory,
            Journal journal,
            boolean directoryLeft,
            Consumer<VmEvent> loop) {
        this.id = id;
        this.host = host;
        this.memory = memory;
        this.journal = journal;
        this.directoryLeft = directoryLeft;
        this.loop = loop;
        this.console = new GuestConsole(new GuestFiles(host.store().directory(id)));
    }

    RequestPolicy.@Nullable Memory memory() {
        return memory;
    }

    GuestConsole console() {
        return console;
    }

    /** There is nothing to own: deleted and removed, or never accepted. */
    boolean isGone() {
        return memory == null || (memory.spec() == null && !directoryLeft);
    }

    boolean isBeingDeleted() {
        return memory != null && memory.spec() == null && directoryLeft;
    }

    /** A process is there or about to be. */
    boolean hasProcess() {
        return guest != null || attempt != null;
    }

    /** Makes it last, then takes it over. */
    void accept(RequestPolicy.Memory next) throws IOException {
        if (next.spec() == null) {
            host.store()
                    .entomb(
                            id,
                            new VmStore.Tombstone(next, runEpoch(), host.clock().instant()));
        } else {
            host.store().remember(id, next);
            if (!directoryLeft) {
                journal = Journal.EMPTY;
                directoryLeft = true;
            } else if (isPreparedFor(next.spec())) {
                journal = journal.prepared(next.generation());
            }
            awaitingTurn = false;
        }
        memory = next;
    }

    /** Its disks are those of the spec before it, which are ready. */
    private boolean isPreparedFor(VmSpec next) {
        VmSpec known = memory == null ? null : memory.spec();
        return known != null
                && known.shape().equals(next.shape())
                && journal.preparedGeneration() >= known.generation();
    }

    void takeTurn() {
        awaitingTurn = false;
    }

    VmReport report(@Nullable VmReport before) {
        RequestPolicy.Memory known = Objects.requireNonNull(memory, "reported before accepted");
        boolean settled = situationRests(known);
        Observation.Activity activity =
                new Observation.Activity(attempt, launching, guest, awaitingTurn, directoryLeft);
        return Observation.of(id, known, journal, activity, settled, before, host.clock());
    }

    private boolean situationRests(RequestPolicy.Memory known) {
        Situation situation = situation(known);
        boolean still = switch (situation) {
            case Situation.Idle _ -> true;
            case Situation.Live live -> !live.deaf() && live.run().stop() == null;
            case Situation.AwaitingTurn _, Situation.Working _, Situation.Ending _ -> false;
        };
        return still && NextStep.of(known, journal, situation) == NextStep.REST;
    }

    void handle(VmEvent event) throws IOException {
        switch (event) {
            case VmEvent.Recover recover -> recover(recover);
            case VmEvent.AboutToLaunch about -> aboutToLaunch(about);
            case VmEvent.Attached attached -> attached(attached);
            case VmEvent.AttemptEnded ended -> attemptEnded(ended);
            case VmEvent.Removed done -> removed(done);
            case VmEvent.Qmp(QemuProcess process, var said) -> {
                LiveGuest mine = guestOf(process);
                if (mine != null) {
                    mine.event(said, stopBegun());
                    if (mine.diskError() != null) {
                        gaveUpGeneration = generation();
                    }
                }
            }
            case VmEvent.Status(QemuProcess process, var status) -> {
                LiveGuest mine = guestOf(process);
                if (mine != null) {
                    mine.status(status, stopBegun());
                }
            }
            case VmEvent.QmpEnded(QemuProcess process) -> {
                LiveGuest mine = guestOf(process);
                if (mine != null) {
                    mine.sessionEnded();
                }
            }
            case VmEvent.Exited(QemuProcess process, var end) -> {
                LiveGuest mine = guestOf(process);
                if (mine != null) {
                    mine.exited(end);
                }
            }
            case VmEvent.CommandDone done -> commandDone(done);
            case VmEvent.Put _, VmEvent.Delete _, VmEvent.TakeTurn _ ->
                throw new IllegalStateException("requests are the loop's: " + event);
        }
    }

    /** Does what is to do until an event is needed to go on. */
    void advance() {
        RequestPolicy.Memory known = memory;
        for (int steps = 0; known != null && steps < MOST_STEPS; steps++) {
            NextStep step = NextStep.of(known, journal, situation(known));
            if (step == NextStep.REST || (step == NextStep.REMOVE && !mayRemove())) {
                return;
            }
            log.debug("VM {}: {}", id, step);
            try {
                perform(step, known);
            } catch (IOException e) {
                log.error("VM {}: {} could not be written down", id, step, e);
                return;
            }
        }
    }

    /** When {@link #tick} has something to do, by {@link System#nanoTime}; {@code MAX_VALUE} for never. */
    long nextTick() {
        LiveGuest live = guest;
        if (live == null) {
            return removeAgainAt;
        }
        Run.GracefulStop stop = stop();
        if (stop == null || live.isEnding()) {
            return live.nextTick();
        }
        Duration left = Duration.between(host.clock().instant(), stop.deadline());
        return Math.min(live.nextTick(), System.nanoTime() + Math.max(0, left.toNanos()));
    }

    /** What time has brought. */
    void tick() throws IOException {
        LiveGuest live = guest;
        if (live == null) {
            return;
        }
        live.tick();
        Run.GracefulStop stop = stop();
        if (stop != null && !live.isEnding() && !host.clock().instant().isBefore(stop.deadline())) {
            live.finish(Ending.stopped(
                    Cause.Code.GRACEFUL_TIMEOUT,
                    "The guest did not power itself off in time, so it was stopped hard."));
        }
        Run.Running run = (Run.Running) journal.run();
        var ending = live.conclusion(() -> host.cgroups().outOfMemory(id, run.pid()));
        if (ending.isPresent()) {
            guest = null;
            console.connect(null);
            concluded(run, live, ending.get());
        }
    }

    private void concluded(Run.Running run, LiveGuest live, Ending ending) throws IOException {
        log.info("VM {}: QEMU {} is gone: {} {}", id, run.pid(), ending.state(), ending.cause());
        Instant now = host.clock().instant();
        boolean failedStart = !live.everRan() && ending.cause().code() != Cause.Code.REQUESTED;
        journal = failedStart
                ? journal.withRun(new Run.Failed(
                        generation(),
                        new Cause(Cause.Code.START_FAILED, ending.cause().detail()),
                        now))
                : journal.ended(run.runEpoch(), new Run.Ended(ending.state(), ending.cause(), now));
        VmSpec spec = memory == null ? null : memory.spec();
        if (spec == null || spec.desired() == DesiredState.STOPPED) {
            // Should a power cut undo this, the spec itself says that the run is over.
            host.store().note(id, journal);
        } else {
            host.store().record(id, journal);
        }
    }

    private Situation situation(RequestPolicy.Memory known) {
        LiveGuest live = guest;
        if (live != null) {
            if (live.isEnding()) {
                return new Situation.Ending();
            }
            boolean tired = known.generation() <= gaveUpGeneration;
            return new Situation.Live(
                    (Run.Running) journal.run(),
                    live.held(),
                    live.diskError() == null || !tired,
                    live.deaf() || (tired && live.diskError() == null));
        }
        Attempt underWay = attempt;
        if (underWay != null) {
            return new Situation.Working(underWay.goal(), underWay.starting(), brokenOff);
        }
        return awaitingTurn ? new Situation.AwaitingTurn() : new Situation.Idle();
    }

    private void perform(NextStep step, RequestPolicy.Memory known) throws IOException {
        VmSpec spec = known.spec();
        switch (step) {
            case REST -> {}
            case PREPARE, START -> {
                VmSpec goal = Objects.requireNonNull(spec);
                attempt = new Attempt(host, goal, step == NextStep.START, journal.machineType(), loop);
                attempt.begin();
            }
            case BREAK_OFF -> {
                brokenOff = true;
                Objects.requireNonNull(attempt).breakOff();
            }
            case STOP -> stop(spec, live());
            case CANCEL_STOP -> {
                live().leaveAlone();
                write(running().withStop(null));
            }
            case ADOPT_EPOCH ->
                write(running().withRunEpoch(Objects.requireNonNull(spec).runEpoch()));
            case RESET -> live().command(new QmpCommand.SystemReset());
            case PAUSE -> live().command(new QmpCommand.Stop());
            case RESUME -> {
                if (live().diskError() != null) {
                    gaveUpGeneration = known.generation();
                }
                live().command(new QmpCommand.Cont());
            }
            case REMOVE -> remove();
        }
    }

    private void stop(@Nullable VmSpec spec, LiveGuest live) throws IOException {
        Ending asked = Ending.stopped(Cause.Code.REQUESTED, "It was stopped hard, as asked.");
        if (spec == null) {
            live.kill(asked);
        } else if (spec.stop().mode() == StopPolicy.Mode.HARD || (live.held() && !live.everRan())) {
            live.finish(asked);
        } else {
            Instant deadline = host.clock().instant().plusSeconds(spec.stop().timeoutSeconds());
            write(running().withStop(new Run.GracefulStop(spec.generation(), deadline)));
            live.askToPowerOff();
        }
    }

    private boolean mayRemove() {
        return directoryLeft && !removing && (removeAgainAt == Long.MAX_VALUE || System.nanoTime() >= removeAgainAt);
    }

    private void remove() {
        removing = true;
        removeAgainAt = Long.MAX_VALUE;
        Thread.ofVirtual().name("remove " + id).start(() -> {
            Throwable failure = null;
            try {
                host.cgroups().release(id);
                host.pool().removeDisks(host.store().directory(id));
                host.store().clear(id);
            } catch (IOException | RuntimeException e) {
                failure = e;
            }
            loop.accept(new VmEvent.Removed(failure));
        });
    }

    private void removed(VmEvent.Removed done) {
        removing = false;
        if (done.failure() == null) {
            directoryLeft = false;
        } else {
            log.error("VM {}: it cannot be removed, trying again", id, done.failure());
            removeAgainAt = System.nanoTime() + REMOVE_AGAIN.toNanos();
        }
    }

    private void recover(VmEvent.Recover recover) throws IOException {
        try {
            QemuProcess found = recover.found();
            if (found != null) {
                log.info("VM {}: QEMU {} is taken back", id, found.pid());
                journal = Recovery.ofFound(host, journal, memory, found.pid());
                host.store().record(id, journal);
                live(found).reconnect();
            } else {
                awaitingTurn = Recovery.comesBack(journal, memory);
                if (!awaitingTurn && journal.run() instanceof Run.Running run) {
                    Ending ending = Recovery.ofVanished(host, id, run, memory);
                    journal = journal.ended(
                            run.runEpoch(),
                            new Run.Ended(
                                    ending.state(), ending.cause(), host.clock().instant()));
                    host.store().record(id, journal);
                }
            }
        } finally {
            recover.awaitsTurn().complete(awaitingTurn);
        }
    }

    private void aboutToLaunch(VmEvent.AboutToLaunch about) {
        if (about.attempt() != attempt || brokenOff) {
            about.written().complete(false);
            return;
        }
        VmSpec goal = about.attempt().goal();
        launching = true;
        journal = journal.pinned(about.launch().machineType())
                .prepared(goal.generation())
                .withRun(new Run.Starting(goal.runEpoch(), about.launch()));
        try {
            // A power cut ends what is started here as well.
            host.store().note(id, journal);
            about.written().complete(true);
        } catch (IOException e) {
            about.written().completeExceptionally(e);
        }
    }

    private void attached(VmEvent.Attached attached) {
        QemuProcess process = attached.process();
        Attempt started = attached.attempt();
        LiveGuest mine = guestOf(process);
        if (started != null && started == attempt && !brokenOff) {
            attempt = null;
            launching = false;
            Run.Launch launch = ((Run.Starting) journal.run()).launch();
            VmSpec goal = started.goal();
            LiveGuest fresh = live(process);
            try {
                write(new Run.Running(
                        goal.runEpoch(),
                        launch,
                        process.pid(),
                        goal.reboots(),
                        null,
                        host.clock().instant()));
                fresh.attached(attached.session(), attached.status(), false);
            } catch (IOException e) {
                log.error("VM {}: its start could not be written down", id, e);
                fresh.finish(Ending.crashed(
                        Cause.Code.START_FAILED, "The host cannot write to its state directory: " + e.getMessage()));
            }
        } else if (mine != null && started == null) {
            mine.attached(attached.session(), attached.status(), stopBegun());
            if (stopBegun() && !mine.isEnding()) {
                mine.askToPowerOff();
            }
        } else {
            attached.session().close();
            if (started != null) {
                // It was broken off in the moment in which it succeeded.
                process.kill();
                process.end().thenRun(() -> loop.accept(new VmEvent.AttemptEnded(started, null)));
            }
        }
    }

    private void attemptEnded(VmEvent.AttemptEnded ended) throws IOException {
        if (ended.attempt() != attempt) {
            return;
        }
        long goal = ended.attempt().goal().generation();
        boolean wanted = !brokenOff;
        attempt = null;
        launching = false;
        brokenOff = false;
        Cause failure = ended.failure();
        if (wanted && failure == null && ended.attempt().starting()) {
            failure = new Cause(Cause.Code.START_FAILED, "The start was interrupted by the daemon's end.");
        }
        if (wanted) {
            journal = failure == null
                    ? journal.prepared(goal)
                    : journal.withRun(new Run.Failed(goal, failure, host.clock().instant()));
        } else if (journal.run() instanceof Run.Starting) {
            journal = journal.withRun(new Run.None());
        }
        host.store().record(id, journal);
    }

    private void commandDone(VmEvent.CommandDone done) throws IOException {
        LiveGuest mine = guestOf(done.process());
        if (mine == null) {
            return;
        }
        mine.commandDone();
        VmSpec spec = memory == null ? null : memory.spec();
        if (done.failure() != null) {
            log.warn(
                    "VM {}: QEMU did not {}: {}",
                    id,
                    done.command().name(),
                    done.failure().getMessage());
            gaveUpGeneration = generation();
        } else if (done.command() instanceof QmpCommand.SystemReset && spec != null) {
            write(running().withRebootsDone(spec.reboots()));
        }
    }

    private LiveGuest live(QemuProcess process) {
        LiveGuest fresh = new LiveGuest(id.value(), process, loop);
        guest = fresh;
        console.connect(process);
        return fresh;
    }

    private LiveGuest live() {
        return Objects.requireNonNull(guest, "no process");
    }

    private @Nullable LiveGuest guestOf(QemuProcess process) {
        LiveGuest live = guest;
        return live != null && live.process() == process ? live : null;
    }

    private Run.Running running() {
        return (Run.Running) journal.run();
    }

    private void write(Run.Running next) throws IOException {
        journal = journal.withRun(next);
        host.store().record(id, journal);
    }

    private Run.@Nullable GracefulStop stop() {
        return journal.run() instanceof Run.Running run ? run.stop() : null;
    }

    private boolean stopBegun() {
        return stop() != null;
    }

    private long generation() {
        return memory == null ? Long.MIN_VALUE : memory.generation();
    }

    private long runEpoch() {
        return Observation.runEpoch(journal);
    }
}
