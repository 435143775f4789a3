package dev.yado.vmmd.vm;

import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.vmmd.agent.GuestFileSystems;
import dev.yado.vmmd.move.Storage;
import dev.yado.vmmd.qemu.GuestConsole;
import dev.yado.vmmd.qemu.GuestFiles;
import dev.yado.vmmd.qemu.QemuProcess;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpEvent;
import dev.yado.vmmd.store.Run;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
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
    /** More than any chain of steps that need no event between them. */
    private static final int MOST_STEPS = 10;

    private final VmId id;
    private final HostParts host;
    private final Consumer<VmEvent> loop;
    private final GuestConsole console;
    private final VmRecords records;
    private final MovingVm moving;
    private final Interruptions interruptions;
    private final DiskWork disks;
    private final Removal removal;
    private @Nullable Attempt attempt;
    private boolean brokenOff;
    private boolean launching;
    private @Nullable LiveGuest guest;
    private boolean awaitingTurn;
    private boolean bringingBack;
    /** The newest generation under which it was seen to run with nothing left to do. */
    private long runningGeneration = Long.MIN_VALUE;

    private long starts;
    /** A disk error under this generation is not answered by trying again. */
    private long diskErrorGeneration = Long.MIN_VALUE;
    /** QEMU refused what this generation needs. */
    private long refusedGeneration = Long.MIN_VALUE;

    OwnedVm(VmId id, HostParts host, VmRecords records, Consumer<VmEvent> loop) {
        this.id = id;
        this.host = host;
        this.records = records;
        this.loop = loop;
        this.interruptions = new Interruptions(id, host.disruptions(), host.clock());
        this.moving = new MovingVm(id, host, records, interruptions, this::doing, loop);
        this.disks = new DiskWork(id, host, records, loop);
        this.removal = new Removal(id, host, loop);
        this.console = new GuestConsole(new GuestFiles(host.store().directory(id)));
    }

    private @Nullable String doing() {
        Attempt now = attempt;
        return now == null ? null : now.doing();
    }

    RequestPolicy.@Nullable Memory memory() {
        return records.memory();
    }

    GuestConsole console() {
        return console;
    }

    /** There is nothing to own: deleted and removed, or never accepted. */
    boolean isGone() {
        return records.spec() == null && !records.onDisk();
    }

    boolean isBeingDeleted() {
        return records.spec() == null && records.onDisk();
    }

    /** A process is there or about to be. */
    boolean hasProcess() {
        return guest != null || attempt != null;
    }

    /** Makes it last, then takes it over. @throws HostRefusal while a move of the VM is not decided */
    void accept(RequestPolicy.Memory next) throws IOException {
        moving.makeWay(next.spec());
        records.accept(next);
        awaitingTurn = false;
        bringingBack = bringingBack && attempt != null;
    }

    /** The VM has gone to another host. */
    void release(VmEvent.Release release) throws IOException {
        moving.release(release);
        awaitingTurn = false;
    }

    /** It is to be brought back when its turn comes. */
    boolean awaitsTurn() {
        return awaitingTurn;
    }

    void takeTurn() {
        bringingBack = awaitingTurn;
        awaitingTurn = false;
    }

    VmReport report(@Nullable VmReport before) {
        RequestPolicy.Memory known = Objects.requireNonNull(records.memory(), "reported before accepted");
        boolean settled = situationRests(known);
        Observation.Activity activity = new Observation.Activity(
                attempt, launching, guest, awaitingTurn, records.onDisk(), moving.state(guest), disks.lacksBlocks());
        VmReport now = Observation.of(id, known, records.journal(), activity, settled, before, host.clock());
        if (settled && now.state() == ObservedState.RUNNING) {
            runningGeneration = known.generation();
        }
        return now;
    }

    private boolean situationRests(RequestPolicy.Memory known) {
        Situation situation = situation(known);
        boolean still = !moving.comes()
                && switch (situation) {
                    case Situation.Idle _ -> true;
                    case Situation.Live live -> !live().deaf() && live.run().stop() == null;
                    case Situation.AwaitingTurn _, Situation.Working _, Situation.Ending _ -> false;
                };
        return still && NextStep.of(known, records.journal(), situation) == NextStep.REST;
    }

    GuestSight sight(VmReport now) {
        LiveGuest live = guest;
        return new GuestSight(
                id,
                records.spec(),
                now.state(),
                starts,
                live == null ? 0 : live.process().pid(),
                records.move() != null,
                live == null ? null : live.session());
    }

    void handle(VmEvent event) throws IOException {
        switch (event) {
            case VmEvent.Recover recover -> recover(recover.found());
            case VmEvent.AboutToLaunch about -> aboutToLaunch(about);
            case VmEvent.Attached attached -> attached(attached);
            case VmEvent.AttemptEnded ended -> attemptEnded(ended);
            case VmEvent.Removed done -> {
                if (removal.ended(done.failure())) {
                    records.removed();
                }
            }
            case VmEvent.Qmp(QemuProcess process, var said) -> {
                LiveGuest mine = guestOf(process);
                boolean heldForBackup =
                        disks.holdsGuest() && (said instanceof QmpEvent.Stopped || said instanceof QmpEvent.Resumed);
                if (mine != null && !heldForBackup) {
                    interruptions.event(said);
                    mine.event(said, stopBegun());
                    moving.event(said, mine);
                    if (mine.diskError() != null) {
                        diskErrorGeneration = records.generation();
                    }
                }
            }
            case VmEvent.Status(QemuProcess process, var status) -> {
                LiveGuest mine = guestOf(process);
                if (mine != null) {
                    mine.status(status, stopBegun());
                }
            }
            case VmEvent.AgentSeen(QemuProcess process, boolean open) -> {
                LiveGuest mine = guestOf(process);
                if (mine != null) {
                    mine.agentSeen(open);
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
            case VmEvent.Inspect inspect -> inspect.reply().complete(inspect());
            case VmEvent.OfMove move -> ofMove(move);
            case VmEvent.OfBackup ofBackup -> {
                LiveGuest live = guest;
                if (disks.handle(ofBackup, standing()) && live != null) {
                    live.askStatus();
                }
            }
            case VmEvent.OfSnapshot ofSnapshot -> disks.handle(ofSnapshot, standing());
            case VmEvent.RestoreOver over -> disks.handle(over);
            case VmEvent.Put _, VmEvent.Delete _, VmEvent.TakeTurn _ ->
                throw new IllegalStateException("requests are the loop's: " + event);
        }
    }

    private DiskWork.Standing standing() {
        RequestPolicy.Memory known = records.memory();
        return new DiskWork.Standing(guest, known != null && situationRests(known));
    }

    private void ofMove(VmEvent.OfMove event) throws IOException {
        if (event instanceof VmEvent.PutDeparture put && !disks.letsGo(put)) {
            return;
        }
        RequestPolicy.Memory known = records.memory();
        boolean rests = known != null && situationRests(known) && !disks.streams();
        Optional<DepartureAnswer> ended = moving.handle(event, guest, rests);
        if (ended.isEmpty()) {
            return;
        }
        LiveGuest live = guest;
        boolean gone = moving.hasGone();
        if (live == null) {
            vanished();
        } else if (gone) {
            live.kill(Ending.stopped(Cause.Code.REQUESTED, "The guest has gone to another host."));
        }
        if (!gone) {
            // It is let go on as one that was held for good reason.
            runningGeneration = Long.MIN_VALUE;
            moving.stays();
        }
    }

    /** Its process is gone, and what follows of it was not known until now. */
    private void vanished() throws IOException {
        if (!(records.journal().run() instanceof Run.Running run)) {
            return;
        }
        if (!moving.hasGone() && Recovery.comesBack(records.journal(), records.memory())) {
            bringingBack = true;
            return;
        }
        interruptions.ended(moving.goes());
        records.ended(
                run,
                moving.hasGone()
                        ? Ending.stopped(Cause.Code.REQUESTED, "The guest has gone to another host.")
                        : Recovery.ofVanished(host, id, run, records.memory()));
        host.cgroups().release(id);
    }

    /** Does what is to do until an event is needed to go on. */
    void advance() {
        RequestPolicy.Memory known = records.memory();
        for (int steps = 0; known != null && steps < MOST_STEPS; steps++) {
            NextStep step = NextStep.of(known, records.journal(), situation(known));
            try {
                if (step == NextStep.REST) {
                    disks.goOn(standing());
                    return;
                }
                if (step == NextStep.REMOVE && !(records.onDisk() && removal.isDue())) {
                    return;
                }
                if (step.opensDisks() && !disks.makeWay()) {
                    return;
                }
                log.debug("VM {}: {}", id, step);
                perform(step, known);
            } catch (IOException e) {
                log.error("VM {}: {} could not be written down", id, step, e);
                return;
            }
        }
    }

    /** Finishes what nobody waits for. */
    void finishRecords() throws IOException {
        records.makeLast();
    }

    /** When {@link #tick} has something to do, by {@link System#nanoTime}; {@code MAX_VALUE} for never. */
    long nextTick() {
        long others = Math.min(moving.nextTick(), disks.nextTick());
        return Math.min(others, guest == null ? removal.nextTick() : nextTickOf(guest));
    }

    private long nextTickOf(LiveGuest live) {
        Run.GracefulStop stop = records.stop();
        if (stop == null || live.isEnding()) {
            return live.nextTick();
        }
        Duration left = Duration.between(host.clock().instant(), stop.deadline());
        return Math.min(live.nextTick(), System.nanoTime() + Math.max(0, left.toNanos()));
    }

    /** What time has brought. */
    void tick() throws IOException {
        LiveGuest live = guest;
        if (live != null) {
            tick(live);
        }
        moving.tick(hasProcess());
    }

    private void tick(LiveGuest live) throws IOException {
        live.tick();
        Run.GracefulStop stop = records.stop();
        if (stop != null && !live.isEnding() && !host.clock().instant().isBefore(stop.deadline())) {
            live.finish(Ending.stopped(
                    Cause.Code.GRACEFUL_TIMEOUT,
                    "The guest did not power itself off in time, so it was stopped hard."));
        }
        Run.Running run = records.running();
        var ending = live.conclusion(() -> host.cgroups().outOfMemory(id, run.pid()));
        if (ending.isPresent()) {
            guest = null;
            console.connect(null);
            concluded(run, live, ending.get());
        }
    }

    private void concluded(Run.Running run, LiveGuest live, Ending ending) throws IOException {
        log.info("VM {}: QEMU {} is gone: {} {}", id, run.pid(), ending.state(), ending.cause());
        disks.processGone();
        boolean endOfRun = moving.processGone(ending.cause());
        interruptions.ended(moving.goes());
        if (!endOfRun) {
            host.cgroups().release(id);
            return;
        }
        if (live.neverRan() && ending.cause().code() != Cause.Code.REQUESTED) {
            String why = ending.cause().detail();
            records.failed(records.generation(), new Cause(Cause.Code.START_FAILED, why));
        } else {
            records.ended(run, ending);
        }
        host.cgroups().release(id);
    }

    private Situation situation(RequestPolicy.Memory known) {
        LiveGuest live = guest;
        if (live != null) {
            if (live.isEnding()) {
                return new Situation.Ending();
            }
            boolean sameWish = known.generation() <= diskErrorGeneration;
            boolean refused = known.generation() <= refusedGeneration;
            return new Situation.Live(
                    records.running(),
                    live.held(),
                    live.diskError() == null || !sameWish,
                    live.deaf() || refused || disks.holdsGuest());
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
            case PREPARE, START, RECEIVE -> {
                VmSpec goal = Objects.requireNonNull(spec);
                boolean process = step != NextStep.PREPARE && goal.desired() != DesiredState.STOPPED;
                attempt = new Attempt(host, goal, process, records.journal(), loop);
                attempt.begin();
            }
            case BREAK_OFF -> {
                brokenOff = true;
                Objects.requireNonNull(attempt).breakOff();
            }
            case STOP -> stop(spec, live());
            case CANCEL_STOP -> {
                live().leaveAlone();
                records.write(records.running().withStop(null));
            }
            case ADOPT_EPOCH ->
                records.write(records.running()
                        .withRunEpoch(Objects.requireNonNull(spec).runEpoch()));
            case RESET -> live().command(new QmpCommand.SystemReset());
            case PAUSE -> live().command(new QmpCommand.Stop());
            case RESUME -> {
                if (live().diskError() != null) {
                    diskErrorGeneration = known.generation();
                } else if (runningGeneration >= known.generation()) {
                    interruptions.heldUnasked();
                    host.drift().accept(Finding.pausedUnasked(id, host.clock().instant()));
                }
                live().command(new QmpCommand.Cont());
            }
            case REMOVE -> removal.begin();
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
            records.write(records.running().withStop(new Run.GracefulStop(spec.generation(), deadline)));
            live.askToPowerOff();
        }
    }

    /** Looks at its own records, and puts those in order that are not as it wrote them. */
    private Inspection inspect() throws IOException {
        LiveGuest live = guest;
        return new Inspection(
                Objects.requireNonNull(records.memory(), "inspected before accepted"),
                records.journal(),
                report(null),
                live == null ? null : live.process(),
                attempt != null
                        || removal.isUnderWay()
                        || disks.isActive()
                        || awaitingTurn
                        || records.move() != null
                        || (live != null && live.isEnding()),
                disks.changesOfFiles(),
                records.restore(),
                live == null || live.isEnding() ? null : live.askStatus());
    }

    private void recover(@Nullable QemuProcess found) throws IOException {
        if (found != null) {
            log.info("VM {}: QEMU {} is taken back", id, found.pid());
            disks.recover(true);
            live(found).reconnect();
            records.found(found.pid());
            moving.recover(true);
            VmSpec spec = records.spec();
            boolean meantToRun = spec != null && spec.desired() == DesiredState.RUNNING;
            runningGeneration = meantToRun ? records.generation() : Long.MIN_VALUE;
        } else {
            disks.recover(false);
            if (moving.recover(false)) {
                recoverWithoutProcess();
            }
        }
    }

    private void recoverWithoutProcess() throws IOException {
        awaitingTurn = Recovery.comesBack(records.journal(), records.memory());
        bringingBack = records.journal().run() instanceof Run.Starting cut
                && cut.launch().wasBroughtBack();
        interruptions.ended(moving.goes());
        if (!awaitingTurn && records.journal().run() instanceof Run.Running run) {
            records.ended(run, Recovery.ofVanished(host, id, run, records.memory()));
            host.cgroups().release(id);
        }
    }

    private void aboutToLaunch(VmEvent.AboutToLaunch about) {
        if (about.attempt() != attempt || brokenOff) {
            about.written().complete(false);
            return;
        }
        launching = true;
        try {
            disks.launching();
            records.starting(about.attempt().goal(), about.launch().withBroughtBack(bringingBack));
            bringingBack = false;
            about.written().complete(true);
        } catch (IOException e) {
            about.written().completeExceptionally(e);
        }
    }

    private void attached(VmEvent.Attached attached) throws IOException {
        QemuProcess process = attached.process();
        Attempt started = attached.attempt();
        LiveGuest mine = guestOf(process);
        if (started != null && started == attempt && !brokenOff) {
            attempt = null;
            launching = false;
            starts++;
            log.info("VM {}: QEMU {} has come up", id, process.pid());
            LiveGuest fresh = live(process);
            fresh.fresh();
            try {
                ArrivalAnswer.Endpoint where = attached.waitingAt();
                if (where == null) {
                    records.started(started.goal(), process.pid());
                } else {
                    moving.waits(started.goal(), process.pid(), where);
                }
                fresh.attached(attached.session(), attached.status(), false);
                disks.started(fresh.session());
            } catch (IOException e) {
                log.error("VM {}: its start could not be written down", id, e);
                fresh.finish(Ending.crashed(
                        Cause.Code.START_FAILED, "The host cannot write to its state directory: " + e.getMessage()));
            }
        } else if (mine != null && started == null) {
            interruptions.attached(attached.status(), attached.session());
            mine.attached(attached.session(), attached.status(), stopBegun());
            mine.fileSystems().recover();
            disks.attached(mine.session());
            if (moving.hasGone()) {
                mine.kill(Ending.stopped(Cause.Code.REQUESTED, "The guest has gone to another host."));
            }
            moving.attached(attached.status(), mine);
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
        VmSpec goal = ended.attempt().goal();
        boolean wanted = !brokenOff;
        attempt = null;
        launching = false;
        brokenOff = false;
        Cause failure = ended.failure();
        if (wanted && failure == null && ended.attempt().starting()) {
            failure = new Cause(Cause.Code.START_FAILED, "The start was interrupted by the daemon's end.");
        }
        disks.attemptEnded();
        Storage.Served served = ended.attempt().served();
        if (served != null && !(wanted && moving.comes())) {
            served.storage().close();
        }
        if (wanted && moving.comes()) {
            moving.attemptEnded(goal, failure, served);
        } else if (!wanted) {
            records.neverRan();
        } else if (failure != null) {
            records.failed(goal.generation(), failure);
        } else {
            records.prepared(goal);
        }
    }

    private void commandDone(VmEvent.CommandDone done) throws IOException {
        LiveGuest mine = guestOf(done.process());
        if (mine == null) {
            return;
        }
        mine.commandDone();
        VmSpec spec = records.spec();
        if (done.failure() != null) {
            log.warn(
                    "VM {}: QEMU did not {}: {}",
                    id,
                    done.command().name(),
                    done.failure().getMessage());
            refusedGeneration = records.generation();
        } else if (done.command() instanceof QmpCommand.SystemReset && spec != null) {
            records.write(records.running().withRebootsDone(spec.reboots()));
        }
    }

    private LiveGuest live(QemuProcess process) {
        GuestFileSystems fileSystems = new GuestFileSystems(id, process.channel(), host.disruptions(), host.clock());
        LiveGuest fresh = new LiveGuest(id.value(), process, fileSystems, loop);
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

    private boolean stopBegun() {
        return records.stop() != null;
    }
}
