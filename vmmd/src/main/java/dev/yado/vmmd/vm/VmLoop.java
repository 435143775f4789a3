package dev.yado.vmmd.vm;

import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.telemetry.TraceContext;
import dev.yado.telemetry.Tracing;
import dev.yado.vmmd.qemu.GuestConsole;
import dev.yado.vmmd.store.Journal;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that owns one VM: it takes one event after the other, lets the VM act on it and answers those who wait. It never
 * waits for anything but the next event.
 */
final class VmLoop {
    private static final Logger log = LoggerFactory.getLogger(VmLoop.class);

    private final VmId id;
    private final HostParts host;
    private final OwnedVm vm;
    private final LinkedBlockingQueue<Posted> events = new LinkedBlockingQueue<>();
    private final List<Waiter> waiters = new ArrayList<>();
    /** Requests for a successor of the VM that is being removed. */
    private final Deque<Posted> afterRemoval = new ArrayDeque<>();

    private boolean closed;
    private volatile @Nullable VmReport lastReport;
    private volatile @Nullable VmSpec lastSpec;
    private volatile @Nullable GuestSight sight;

    private enum Until {
        NO_PROCESS,
        REMOVED,
        SETTLED
    }

    /** @param trace what the thread that posted it works in */
    private record Posted(VmEvent event, @Nullable TraceContext trace) {}

    private record Waiter(Until until, CompletableFuture<VmReport> reply) {}

    /** @param memory what was accepted before, also of a VM that was deleted; null for one that was never heard of */
    VmLoop(VmId id, HostParts host, RequestPolicy.@Nullable Memory memory, Journal journal, boolean directoryLeft) {
        this.id = id;
        this.host = host;
        this.vm = new OwnedVm(id, host, new VmRecords(id, host, memory, journal, directoryLeft), this::post);
        this.lastSpec = memory == null ? null : memory.spec();
    }

    /** @param retire told when nothing is left to own; the loop takes no more events by then */
    void begin(Runnable retire) {
        Thread.ofVirtual().name("vm " + id).start(() -> run(retire));
    }

    /** False when the loop has ended: the VM then has another loop or none. */
    boolean post(VmEvent event) {
        synchronized (events) {
            return !closed && events.add(new Posted(event, Tracing.current()));
        }
    }

    /** Null until something was accepted. */
    @Nullable
    VmReport report() {
        return lastReport;
    }

    /** The newest accepted spec. */
    @Nullable
    VmSpec spec() {
        return lastSpec;
    }

    /** Null until something was accepted. */
    @Nullable
    GuestSight sight() {
        return sight;
    }

    GuestConsole console() {
        return vm.console();
    }

    private void run(Runnable retire) {
        while (true) {
            try {
                turn(next());
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | IOException e) {
                log.error("VM {}: an event could not be handled", id, e);
            }
            synchronized (events) {
                if (events.isEmpty() && afterRemoval.isEmpty() && vm.isGone()) {
                    closed = true;
                    retire.run();
                    return;
                }
            }
        }
    }

    private void turn(@Nullable Posted posted) throws IOException {
        VmEvent event = posted == null ? null : posted.event();
        try (LoopWatch _ = LoopWatch.of(id, event, posted == null ? null : posted.trace(), vm.memory())) {
            if (posted != null) {
                handle(posted);
            }
            vm.tick();
            answerWaiters();
            vm.advance();
            publish();
            answerWaiters();
            vm.finishRecords();
        }
    }

    private @Nullable Posted next() throws InterruptedException {
        if (vm.isGone() && !afterRemoval.isEmpty()) {
            return afterRemoval.remove();
        }
        long tick = vm.nextTick();
        return tick == Long.MAX_VALUE ? events.take() : events.poll(tick - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    private void handle(Posted posted) throws IOException {
        switch (posted.event()) {
            case VmEvent.Put _, VmEvent.PutArrival _ when vm.isBeingDeleted() -> afterRemoval.add(posted);
            case VmEvent.Release release -> release(release);
            case VmEvent.Put put -> put(put);
            case VmEvent.Delete delete -> delete(delete);
            case VmEvent.TakeTurn turn -> {
                vm.takeTurn();
                waiters.add(new Waiter(Until.SETTLED, turn.reply()));
            }
            case VmEvent.Inspect inspect
            when vm.memory() == null -> inspect.reply().cancel(false);
            case VmEvent.Recover recover -> recover(recover);
            default -> vm.handle(posted.event());
        }
    }

    /** Who waits for it answers callers and tells the controller of all VMs next: by then there is something to tell of this one. */
    private void recover(VmEvent.Recover recover) throws IOException {
        try {
            vm.handle(recover);
        } finally {
            try {
                publish();
            } finally {
                recover.awaitsTurn().complete(vm.awaitsTurn());
            }
        }
    }

    private void put(VmEvent.Put put) {
        VmSpec spec = put.spec();
        Until until = spec.desired() == DesiredState.STOPPED && spec.stop().mode() == StopPolicy.Mode.HARD
                ? Until.NO_PROCESS
                : null;
        accept(RequestPolicy.onPut(vm.memory(), put.fence(), spec), put.reply(), until, () -> {
            if (spec.desired() != DesiredState.STOPPED) {
                host.networks().requireNetworksOf(spec);
            }
            vm.accept(new RequestPolicy.Memory(spec, spec.generation(), put.fence()));
            lastSpec = spec;
            log.info("VM {}: generation {} is wanted {}", id, spec.generation(), spec.desired());
        });
    }

    private void delete(VmEvent.Delete delete) {
        RequestPolicy.Decision decision = RequestPolicy.onDelete(vm.memory(), delete.fence(), delete.generation());
        accept(decision, delete.reply(), Until.REMOVED, () -> {
            vm.accept(new RequestPolicy.Memory(null, delete.generation(), delete.fence()));
            lastSpec = null;
            log.info("VM {}: generation {} is wanted gone", id, delete.generation());
        });
    }

    private void release(VmEvent.Release release) {
        RequestPolicy.Decision decision = RequestPolicy.onDelete(vm.memory(), release.fence(), release.generation());
        accept(decision, release.reply(), Until.REMOVED, () -> {
            vm.release(release);
            lastSpec = null;
            log.info("VM {}: it has gone by migration {}", id, release.migration());
        });
    }

    private interface Acceptance {
        void run() throws IOException;
    }

    /** @param until what the reply waits for; null when it is given at once */
    private void accept(
            RequestPolicy.Decision decision,
            CompletableFuture<VmReport> reply,
            @Nullable Until until,
            Acceptance acceptance) {
        switch (decision) {
            case RequestPolicy.Decision.Refuse(ErrorCode code, String detail) -> {
                log.info("VM {}: refused, {}: {}", id, code, detail);
                Tracing.fail(code + ": " + detail);
                reply.completeExceptionally(new HostRefusal(code, detail));
                return;
            }
            case RequestPolicy.Decision.Accept _ -> {
                try {
                    acceptance.run();
                } catch (HostRefusal refusal) {
                    log.info("VM {}: refused, {}: {}", id, refusal.code(), refusal.getMessage());
                    Tracing.fail(refusal.code() + ": " + refusal.getMessage());
                    reply.completeExceptionally(refusal);
                    return;
                } catch (IOException e) {
                    log.error("VM {}: a request could not be written down", id, e);
                    Tracing.fail("the request could not be written down");
                    reply.completeExceptionally(new HostRefusal(
                            ErrorCode.UNAVAILABLE, "The host cannot write to its state directory: " + e.getMessage()));
                    return;
                }
            }
            case RequestPolicy.Decision.Repeat _ -> {}
        }
        if (until == null) {
            vm.advance();
            publish();
            reply.complete(vm.report(lastReport));
        } else {
            waiters.add(new Waiter(until, reply));
        }
    }

    private void answerWaiters() {
        if (waiters.isEmpty()) {
            return;
        }
        VmReport now = vm.report(lastReport);
        waiters.removeIf(waiter -> {
            boolean over = switch (waiter.until()) {
                case NO_PROCESS -> !vm.hasProcess();
                case REMOVED -> vm.isGone();
                case SETTLED -> now.settled();
            };
            if (over) {
                waiter.reply().complete(now);
            }
            return over;
        });
    }

    private void publish() {
        RequestPolicy.Memory known = vm.memory();
        if (known == null) {
            return;
        }
        lastSpec = known.spec();
        VmReport before = lastReport;
        VmReport now = vm.report(before);
        sight = vm.sight(now);
        if (!now.equals(before)) {
            if (before == null || before.state() != now.state()) {
                log.info("VM {} is {}{}", id, now.state(), now.cause() == null ? "" : ": " + now.cause());
            }
            lastReport = now;
            host.reports().accept(now);
        }
    }
}
