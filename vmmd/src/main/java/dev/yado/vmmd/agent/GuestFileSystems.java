package dev.yado.vmmd.agent;

import dev.yado.protocol.Disruption.Kind;
import dev.yado.protocol.VmId;
import dev.yado.vmmd.store.DisruptionStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file systems of the guest of one process, which its agent makes still for an instant. Before it is asked to, it is written down that
 * they may be; from then on they are thawed whatever becomes of anybody, if need be by the next daemon, and again until the guest has said
 * that they are. Meanwhile nobody makes them still. Any thread may use it.
 *
 * <pre>
 * FREE -> ASKED -> STILL -> THAWING -> FREE
 *            \-> FREE  (before anything was asked, or refused)
 *            \--------------> THAWING       (no answer in time: it may become still at any moment, and is told in advance to thaw)
 * </pre>
 */
public final class GuestFileSystems {
    private static final Logger log = LoggerFactory.getLogger(GuestFileSystems.class);
    /** How long who has made them still waits for the thaw; it is gone on with behind him. */
    private static final Duration THAW = Duration.ofSeconds(5);

    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private static final String GONE = "The guest's process is gone.";

    private final VmId id;
    private final Channel channel;
    private final DisruptionStore ledger;
    private final Clock clock;
    private State state = State.FREE;
    /**
     * Used by whoever has ended FREE, and open as long as the guest's process lives: an agent that none is connected to looks ten times a
     * second whether one is.
     */
    private volatile @Nullable GuestAgent agent;

    /** The host's end of the channel. */
    public interface Channel {
        Path socket();

        /** The guest's process lives. */
        boolean alive();
    }

    /** They are not still. @param count how many were until now @param refusal what the agent said instead */
    private record Thawed(int count, @Nullable String refusal) {}

    private enum State {
        FREE,
        ASKED,
        STILL,
        THAWING
    }

    public GuestFileSystems(VmId id, Channel channel, DisruptionStore ledger, Clock clock) {
        this.id = id;
        this.channel = channel;
        this.ledger = ledger;
        this.clock = clock;
    }

    /** Has to be ended, whatever it is. */
    public interface Still {
        Stillness end() throws InterruptedException;
    }

    /**
     * Returns when they are still, or when it is known that they will not be in time: then the guest is as it was.
     *
     * @param within zero: they are to be left alone
     * @param what is done meanwhile, for people
     */
    public Still makeStill(AgentPort port, Duration within, String what) throws InterruptedException {
        if (within.isZero()) {
            return not("It was asked for without a time in which the guest's file systems could be made still.");
        }
        if (!begin()) {
            return not("The guest's agent has not answered yet to what it was asked before.");
        }
        long until = System.nanoTime() + within.toNanos();
        boolean asked = false;
        try {
            Optional<Boolean> open = port.isOpen();
            if (open.isEmpty()) {
                return notAsked(
                        "The VM's process has no channel to a guest agent yet: it gets one when the VM is stopped and started.");
            }
            if (!open.get()) {
                return notAsked("No agent runs in the guest (qemu-guest-agent).");
            }
            GuestAgent guest = connected(left(until));
            guest.run(new AgentCommand.Ping(), left(until));
            if (!ledger.begin(id, Kind.FREEZE, clock.instant(), what)) {
                ledger.drop(id, Kind.FREEZE);
                return notAsked("The host could not write down that the guest's file systems are made still.");
            }
            asked = true;
            int count = guest.run(new AgentCommand.Freeze(), left(until));
            become(State.STILL);
            return still(count);
        } catch (AgentException.Refused e) {
            if (asked) {
                ledger.drop(id, Kind.FREEZE);
            }
            return notAsked(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            String why = System.nanoTime() < until
                    ? String.valueOf(e.getMessage())
                    : e.getMessage() + " It had " + within.toMillis() + " ms for all of it.";
            if (!asked) {
                return notAsked(why);
            }
            thaw(false);
            return not(why);
        } catch (InterruptedException | RuntimeException e) {
            if (asked) {
                thaw(false);
            } else {
                notAsked("The daemon was ended, or failed.");
            }
            throw e;
        }
    }

    /** An earlier daemon, or an earlier conversation, may have left them still. */
    public void recover() {
        if (ledger.open(id, Kind.FREEZE).isPresent() && begin()) {
            log.info("VM {}: its file systems may have been left still, they are thawed", id);
            thaw(false);
        }
    }

    /** Somebody in the guest has opened the channel. */
    public void opened() {
        if (begin()) {
            Thread.ofVirtual().name("guest agent " + id).start(() -> {
                try {
                    connected(ANSWER);
                } catch (AgentException e) {
                    log.debug("VM {}: its agent cannot be reached", id, e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } finally {
                    become(State.FREE);
                }
            });
        }
    }

    private GuestAgent connected(Duration within) throws AgentException, InterruptedException {
        GuestAgent open = agent;
        if (open == null || open.isOver()) {
            open = GuestAgent.connect(channel.socket(), within);
            agent = open;
        }
        return open;
    }

    private synchronized boolean begin() {
        boolean free = state == State.FREE;
        state = free ? State.ASKED : state;
        return free;
    }

    private synchronized void become(State next) {
        state = next;
    }

    private static Still not(String why) {
        return () -> Stillness.not(why);
    }

    private Still notAsked(String why) {
        become(State.FREE);
        return not(why);
    }

    private Still still(int count) {
        long since = System.nanoTime();
        return () -> {
            CompletableFuture<Thawed> thawed = thaw(count > 0);
            try {
                return stillness(count, thawed.get(THAW.toNanos(), TimeUnit.NANOSECONDS), since);
            } catch (ExecutionException e) {
                return Stillness.not(GONE);
            } catch (TimeoutException e) {
                return Stillness.not(
                        "The guest's agent did not answer guest-fsfreeze-thaw in " + THAW.toMillis() + " ms.");
            }
        };
    }

    private static Stillness stillness(int count, Thawed thawed, long since) {
        if (count == 0) {
            return Stillness.not("The guest's agent found no file system that can be made still.");
        }
        String why = thawed.refusal();
        if (why == null && thawed.count() == 0) {
            why = "The guest's file systems were thawed by somebody else before all was done.";
        }
        return new Stillness(why, (System.nanoTime() - since) / 1e6);
    }

    /**
     * Goes on until they are not still any more.
     *
     * @param known they were still, as the agent has said
     * @return fails when the process is gone before
     */
    private CompletableFuture<Thawed> thaw(boolean known) {
        become(State.THAWING);
        CompletableFuture<Thawed> thawed = new CompletableFuture<>();
        Thread.ofVirtual().name("thaw " + id).start(() -> {
            Thawed how = null;
            try {
                how = insist();
                if (how != null) {
                    over(how, known);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                become(State.FREE);
                if (how == null) {
                    thawed.completeExceptionally(new AgentException(GONE));
                } else {
                    thawed.complete(how);
                }
            }
        });
        return thawed;
    }

    /** @return null when the process is gone */
    private @Nullable Thawed insist() throws InterruptedException {
        Duration pause = FIRST_PAUSE;
        while (channel.alive()) {
            try {
                return thaw(connected(ANSWER));
            } catch (AgentException e) {
                log.warn("VM {}: its file systems may be still and are not thawed yet: {}", id, e.getMessage());
            }
            Thread.sleep(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
        }
        return null;
    }

    private static Thawed thaw(GuestAgent agent) throws AgentException, InterruptedException {
        try {
            return new Thawed(agent.run(new AgentCommand.Thaw(), ANSWER), null);
        } catch (AgentException.Refused e) {
            // Windows says so when it has thawed by itself, after ten seconds.
            if (agent.run(new AgentCommand.FreezeStatus(), ANSWER)) {
                throw e;
            }
            return new Thawed(0, String.valueOf(e.getMessage()));
        }
    }

    private void over(Thawed how, boolean known) {
        if (known) {
            ledger.end(id, Kind.FREEZE, clock.instant());
        } else if (how.count() == 0) {
            ledger.drop(id, Kind.FREEZE);
        } else {
            ledger.end(id, Kind.FREEZE, clock.instant(), " Its agent did not say since when: at most so long.");
        }
    }

    private static Duration left(long until) {
        return Duration.ofNanos(Math.max(0, until - System.nanoTime()));
    }
}
