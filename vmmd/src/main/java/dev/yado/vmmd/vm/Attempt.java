package dev.yado.vmmd.vm;

import dev.yado.protocol.Cause;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.telemetry.Carried;
import dev.yado.telemetry.LogKey;
import dev.yado.telemetry.Span;
import dev.yado.telemetry.Tracing;
import dev.yado.vmmd.move.CarriedLayers;
import dev.yado.vmmd.move.Storage;
import dev.yado.vmmd.qmp.QmpEvent;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.store.Journal;
import dev.yado.vmmd.store.Move;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try to prepare or start a VM, on a thread of its own, so that its loop stays free to hear that it is no longer wanted. It
 * always ends with {@link VmEvent.Attached} or {@link VmEvent.AttemptEnded}.
 */
final class Attempt {
    private static final Logger log = LoggerFactory.getLogger(Attempt.class);
    private final HostParts host;
    private final VmSpec goal;
    private final boolean starting;
    private final @Nullable Arrival arrival;
    private final @Nullable String pinnedMachineType;
    private final Set<DiskId> made;
    private final Consumer<VmEvent> loop;
    private final Thread thread;
    private volatile Storage.@Nullable Served served;
    private volatile @Nullable CarriedLayers fetching;

    Attempt(HostParts host, VmSpec goal, boolean starting, Journal journal, Consumer<VmEvent> loop) {
        this.host = host;
        this.goal = goal;
        this.starting = starting;
        this.arrival = journal.move() instanceof Move.Arriving arriving ? arriving.arrival() : null;
        this.pinnedMachineType = journal.machineType();
        this.made = arrival == null ? journal.made() : shared(goal);
        this.loop = loop;
        this.thread = Thread.ofVirtual()
                .name("start " + goal.id())
                .unstarted(Carried.now().into(this::watched));
    }

    /** What a VM that comes has already. */
    private static Set<DiskId> shared(VmSpec goal) {
        return goal.shape().disks().stream()
                .filter(disk -> disk.pool() != null)
                .map(DiskSpec::id)
                .collect(Collectors.toSet());
    }

    VmSpec goal() {
        return goal;
    }

    /** What waits for the disks of a VM that comes without running; whoever hears of the attempt's end closes it. */
    Storage.@Nullable Served served() {
        return served;
    }

    /** For people, when it takes long; null: it does not. */
    @Nullable
    String doing() {
        CarriedLayers source = fetching;
        return source == null || source.isOver() ? null : source.toString();
    }

    /** False when only disks are made. */
    boolean starting() {
        return starting;
    }

    void begin() {
        thread.start();
    }

    /** Its end comes as an event. */
    void breakOff() {
        thread.interrupt();
    }

    private void watched() {
        try (Span _ = Tracing.begin(Span.Kind.INTERNAL, starting ? "start" : "prepare")
                .with(LogKey.VM, goal.id())) {
            work();
        }
    }

    private void work() {
        try {
            if (arrival != null) {
                StartUp.receive(host, arrival, source -> fetching = source);
            }
            StartUp.DisksReady disks = StartUp.disks(host, goal, made, arrival != null);
            if (starting) {
                launch(disks.plan(pinnedMachineType, arrival));
            } else {
                if (arrival != null && !arrival.copied().isEmpty()) {
                    served = serve(disks.open(arrival.copied()), arrival);
                }
                loop.accept(new VmEvent.AttemptEnded(this, null));
            }
        } catch (InterruptedException e) {
            loop.accept(new VmEvent.AttemptEnded(this, null));
        } catch (YadoException e) {
            log.warn("VM {}: {}", goal.id(), e.getMessage(), e);
            Tracing.fail(messageOf(e));
            loop.accept(new VmEvent.AttemptEnded(this, new Cause(causeOf(e.code()), messageOf(e))));
        } catch (IOException | ExecutionException | RuntimeException e) {
            log.warn("VM {} did not start", goal.id(), e);
            Tracing.fail(messageOf(e));
            loop.accept(new VmEvent.AttemptEnded(
                    this, new Cause(Cause.Code.START_FAILED, "QEMU did not start: " + messageOf(e))));
        }
    }

    private Storage.Served serve(Storage storage, Arrival coming) throws IOException, InterruptedException {
        try {
            return storage.serve(host.moves(), coming, host.store().directory(goal.id()));
        } catch (IOException | InterruptedException | RuntimeException e) {
            storage.close();
            throw e;
        }
    }

    private void launch(StartUp.Planned planned) throws IOException, InterruptedException, ExecutionException {
        CompletableFuture<Boolean> written = new CompletableFuture<>();
        loop.accept(new VmEvent.AboutToLaunch(this, planned.launch(), written));
        if (!written.get()) {
            throw new InterruptedException("the start is no longer wanted");
        }
        StartUp.Launched launched = planned.execute();
        try {
            StartUp.Attached attached = launched.attach(new Ear(launched.process(), loop));
            ArrivalAnswer.Endpoint waitingAt =
                    arrival == null ? null : launched.listen(attached, host.moves(), arrival);
            loop.accept(
                    new VmEvent.Attached(this, launched.process(), attached.session(), attached.status(), waitingAt));
        } catch (QmpException e) {
            String said = launched.process().lastWord();
            throw new IOException(said == null ? messageOf(e) : said, e);
        }
    }

    private static String messageOf(Exception e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static Cause.Code causeOf(ErrorCode code) {
        return switch (code) {
            case IMAGE_UNAVAILABLE -> Cause.Code.IMAGE_UNAVAILABLE;
            case STORAGE_FULL -> Cause.Code.POOL_FULL;
            case POOL_UNAVAILABLE -> Cause.Code.POOL_UNAVAILABLE;
            case REPOSITORY_UNAVAILABLE, BACKUP_DAMAGED -> Cause.Code.BACKUP_UNAVAILABLE;
            case NETWORK_NOT_READY -> Cause.Code.NETWORK_NOT_READY;
            case ACCELERATOR_UNAVAILABLE -> Cause.Code.ACCELERATOR_UNAVAILABLE;
            default -> Cause.Code.START_FAILED;
        };
    }

    /** Passes on what QEMU says. */
    static final class Ear implements QmpSession.Listener {
        private final dev.yado.vmmd.qemu.QemuProcess process;
        private final Consumer<VmEvent> loop;

        Ear(dev.yado.vmmd.qemu.QemuProcess process, Consumer<VmEvent> loop) {
            this.process = process;
            this.loop = loop;
        }

        @Override
        public void event(QmpEvent event) {
            loop.accept(new VmEvent.Qmp(process, event));
        }

        @Override
        public void ended(QmpException reason) {
            loop.accept(new VmEvent.QmpEnded(process));
        }
    }
}
