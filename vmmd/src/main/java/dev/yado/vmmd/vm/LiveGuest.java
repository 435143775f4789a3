package dev.yado.vmmd.vm;

import dev.yado.protocol.Cause;
import dev.yado.protocol.GuestAgentState;
import dev.yado.vmmd.agent.GuestFileSystems;
import dev.yado.vmmd.qemu.ProcessEnd;
import dev.yado.vmmd.qemu.QemuProcess;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpEvent;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.qmp.RunStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A guest's process and what is known of it. Only its VM's loop touches it. */
final class LiveGuest {
    private static final Logger log = LoggerFactory.getLogger(LiveGuest.class);
    /** A guest that still boots does not hear the first press of its power button. */
    private static final Duration BETWEEN_PRESSES = Duration.ofSeconds(3);
    /** QEMU quits in 2-5 ms, longer only when its disks do not answer. */
    private static final Duration QUIT_PATIENCE = Duration.ofMillis(250);
    /** What QEMU said last is still on its way when the end of the process is seen. */
    private static final Duration LAST_WORDS_PATIENCE = Duration.ofMillis(500);

    private static final Duration ATTACH_PATIENCE = Duration.ofSeconds(5);

    private final UUID id;
    private final QemuProcess process;
    private final GuestFileSystems fileSystems;
    private final Consumer<VmEvent> loop;
    private @Nullable QmpSession session;
    private @Nullable GuestAgentState agent;
    private boolean commandInFlight;
    private boolean held;
    private boolean asked;
    private boolean everRan;
    private @Nullable Cause diskError;
    private @Nullable String shutdownReason;
    private @Nullable Ending ending;
    private @Nullable ProcessEnd exit;
    private long killAt = Long.MAX_VALUE;
    private long pressAt = Long.MAX_VALUE;
    private long concludeAt = Long.MAX_VALUE;

    LiveGuest(UUID id, QemuProcess process, GuestFileSystems fileSystems, Consumer<VmEvent> loop) {
        this.id = id;
        this.process = process;
        this.fileSystems = fileSystems;
        this.loop = loop;
        process.end().thenAccept(end -> loop.accept(new VmEvent.Exited(process, end)));
    }

    QemuProcess process() {
        return process;
    }

    GuestFileSystems fileSystems() {
        return fileSystems;
    }

    /** Null while it is not known, and when its process has no channel to one. */
    @Nullable
    GuestAgentState agent() {
        return agent;
    }

    /** Null while QEMU cannot be asked. */
    @Nullable
    QmpSession session() {
        return session;
    }

    boolean held() {
        return held;
    }

    /** Its vCPUs have executed something, as far as is known. */
    boolean everRan() {
        return everRan;
    }

    /** Its vCPUs have executed nothing. Of a process that an earlier daemon left nobody knows before QEMU has said. */
    boolean neverRan() {
        return asked && !everRan;
    }

    boolean deaf() {
        return session == null || commandInFlight;
    }

    boolean isEnding() {
        return ending != null || exit != null;
    }

    /** Why a disk holds it. */
    @Nullable
    Cause diskError() {
        return diskError;
    }

    /** Opens the conversation in the background and keeps trying while the process lives. */
    void reconnect() {
        Thread.ofVirtual().name("attach " + id).start(() -> {
            while (process.alive()) {
                try {
                    StartUp.Attached attached =
                            StartUp.attach(process, id, ATTACH_PATIENCE, new Attempt.Ear(process, loop));
                    loop.accept(new VmEvent.Attached(null, process, attached.session(), attached.status(), null));
                    return;
                } catch (IOException e) {
                    if (!process.alive()) {
                        return;
                    }
                    log.warn("VM {}: QEMU {} cannot be asked, trying again: {}", id, process.pid(), e.getMessage());
                } catch (InterruptedException e) {
                    return;
                }
            }
        });
    }

    void attached(QmpSession opened, RunStatus now, boolean stopBegun) {
        session = opened;
        commandInFlight = false;
        asked = true;
        everRan = everRan || now != RunStatus.PRELAUNCH;
        if (opened.isOver()) {
            sessionEnded();
            return;
        }
        status(now, stopBegun);
        if (agent == null) {
            opened.send(new QmpCommand.QueryAgentPort())
                    .thenAccept(port -> port.ifPresent(open -> loop.accept(new VmEvent.AgentSeen(process, open))));
        }
    }

    /** It has a channel, and was never let run: nobody is there yet. */
    void fresh() {
        agent = GuestAgentState.NONE;
    }

    /** Older news than what QEMU has told of it. */
    void agentSeen(boolean open) {
        if (agent == null) {
            agentIs(open);
        }
    }

    private void agentIs(boolean open) {
        agent = open ? GuestAgentState.CONNECTED : GuestAgentState.NONE;
        if (open) {
            fileSystems.opened();
        }
    }

    void sessionEnded() {
        session = null;
        agent = null;
        commandInFlight = false;
        if (!isEnding() && process.alive()) {
            reconnect();
        }
    }

    /** @param stopBegun the guest has been asked to power itself off */
    void status(RunStatus now, boolean stopBegun) {
        held = now != RunStatus.RUNNING;
        switch (now) {
            case RUNNING -> diskError = null;
            case SHUTDOWN -> poweredOff(stopBegun);
            case GUEST_PANICKED -> panicked();
            case INTERNAL_ERROR ->
                finish(Ending.crashed(
                        Cause.Code.PROCESS_ERROR,
                        "QEMU met an internal error. QEMU's last words: " + String.join(" / ", process.lastWords())));
            case IO_ERROR -> {
                if (diskError == null) {
                    diskError = new Cause(Cause.Code.DISK_ERROR, "A disk failed or has no space left.");
                }
            }
            case PAUSED, PRELAUNCH, INMIGRATE, FINISH_MIGRATE, POSTMIGRATE, OTHER -> {}
        }
    }

    void event(QmpEvent event, boolean stopBegun) {
        switch (event) {
            case QmpEvent.Shutdown shutdown -> {
                shutdownReason = shutdown.reason();
                if (shutdown.guest()) {
                    poweredOff(stopBegun);
                }
            }
            case QmpEvent.GuestPanicked _ -> panicked();
            case QmpEvent.Resumed _ -> {
                held = false;
                everRan = true;
                diskError = null;
            }
            case QmpEvent.Stopped _ -> {
                held = true;
                askStatus();
            }
            case QmpEvent.BlockError error -> {
                if (error.held()) {
                    diskError = new Cause(
                            Cause.Code.DISK_ERROR,
                            "A " + error.operation() + " of disk " + error.node() + " failed: "
                                    + (error.noSpace() ? "the pool has no space left" : error.reason())
                                    + ". The guest is held; mend it and resume the VM.");
                }
            }
            case QmpEvent.AgentPort(boolean open) -> agentIs(open);
            case QmpEvent.Reset _, QmpEvent.Migration _, QmpEvent.Other _ -> {}
        }
    }

    /** The answer comes as an event; until then the guest is deaf. */
    void command(QmpCommand<?> command) {
        QmpSession open = session;
        if (open == null) {
            return;
        }
        commandInFlight = true;
        open.send(command)
                .whenComplete((answer, failure) -> loop.accept(new VmEvent.CommandDone(process, command, failure)));
    }

    /** As {@link #command}, of somebody who hears the answer himself; null when it was done. */
    void ask(QmpCommand<?> command, Consumer<@Nullable Throwable> answered) {
        QmpSession open = session;
        if (open != null) {
            open.send(command).whenComplete((_, failure) -> answered.accept(failure));
        }
    }

    /** Nobody hears the answer. */
    void tell(QmpCommand<?> command) {
        ask(command, _ -> {});
    }

    void commandDone() {
        commandInFlight = false;
    }

    /** Presses the power button now and every few seconds. */
    void askToPowerOff() {
        pressAt = System.nanoTime();
        press();
    }

    void leaveAlone() {
        pressAt = Long.MAX_VALUE;
    }

    /** Ends the process; disks are flushed where QEMU answers at once. */
    void finish(Ending how) {
        if (isEnding()) {
            return;
        }
        ending = how;
        QmpSession open = session;
        if (open == null) {
            process.kill();
            return;
        }
        killAt = System.nanoTime() + QUIT_PATIENCE.toNanos();
        open.send(new QmpCommand.Quit());
    }

    /** Ends the process without a word, for a guest whose disks go with it. */
    void kill(Ending how) {
        if (ending == null) {
            ending = how;
        }
        process.kill();
    }

    void exited(ProcessEnd end) {
        exit = end;
        concludeAt = System.nanoTime() + LAST_WORDS_PATIENCE.toNanos();
    }

    /** The ending, once the process is gone and all that it said has been heard. */
    Optional<Ending> conclusion(java.util.function.Supplier<Optional<String>> outOfMemory) {
        ProcessEnd gone = exit;
        QmpSession open = session;
        boolean mayBeTold = ending == null && open != null && System.nanoTime() < concludeAt;
        if (gone == null || mayBeTold) {
            return Optional.empty();
        }
        if (open != null) {
            open.close();
        }
        Ending known = ending;
        return Optional.of(
                known != null ? known : Ending.ofProcess(gone, shutdownReason, outOfMemory.get(), process.lastWords()));
    }

    /** When {@link #tick} has something to do, by {@link System#nanoTime}. */
    long nextTick() {
        return Math.min(exit == null ? Math.min(killAt, pressAt) : concludeAt, Long.MAX_VALUE);
    }

    void tick() {
        long now = System.nanoTime();
        if (exit == null && killAt <= now) {
            killAt = Long.MAX_VALUE;
            log.warn(
                    "VM {}: QEMU {} did not quit within {} ms, it is killed",
                    id,
                    process.pid(),
                    QUIT_PATIENCE.toMillis());
            process.kill();
        }
        if (exit == null && !isEnding() && pressAt <= now) {
            press();
        }
    }

    private void press() {
        pressAt += BETWEEN_PRESSES.toNanos();
        QmpSession open = session;
        if (open == null) {
            return;
        }
        if (held) {
            // A held guest does not feel its buttons.
            open.send(new QmpCommand.Cont());
        }
        open.send(new QmpCommand.SystemPowerdown());
    }

    private void poweredOff(boolean stopBegun) {
        finish(
                stopBegun
                        ? Ending.stopped(Cause.Code.REQUESTED, "The guest powered itself off when it was asked to.")
                        : Ending.stopped(Cause.Code.GUEST_SHUTDOWN, "The guest powered itself off."));
    }

    private void panicked() {
        finish(Ending.crashed(
                Cause.Code.GUEST_PANIC, "The guest's kernel panicked; its serial log has its last words."));
    }

    /** The loop hears the answer as an event; null when nothing can be asked now. */
    @Nullable
    CompletableFuture<RunStatus> askStatus() {
        QmpSession open = session;
        if (open == null) {
            return null;
        }
        CompletableFuture<RunStatus> answer = open.send(new QmpCommand.QueryStatus());
        answer.thenAccept(now -> loop.accept(new VmEvent.Status(process, now)));
        return answer;
    }
}
