package dev.yado.vmmd.vm;

import dev.yado.kernel.ProcessInfo;
import dev.yado.protocol.Autostart;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.vmmd.qemu.GuestConsole;
import dev.yado.vmmd.qemu.GuestFiles;
import dev.yado.vmmd.qemu.QemuLauncher;
import dev.yado.vmmd.qemu.QemuProcess;
import dev.yado.vmmd.store.Journal;
import dev.yado.vmmd.store.VmStore;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All VMs of this host. */
public final class Vms implements HostAgent {
    private static final Logger log = LoggerFactory.getLogger(Vms.class);
    /** A hard stop takes some ms; past this the caller hears what is, and the rest by report. */
    private static final Duration REPLY = Duration.ofSeconds(10);

    private static final long TURN_SECONDS = 60;
    private static final long STORAGE_END_SECONDS = 10;

    private final HostParts host;
    private final Map<VmId, VmLoop> loops = new ConcurrentHashMap<>();

    public Vms(HostParts host) {
        this.host = host;
    }

    @Override
    public VmReport put(CallFence fence, VmSpec spec) {
        return ask(spec.id(), reply -> new VmEvent.Put(fence, spec, reply));
    }

    @Override
    public VmReport delete(CallFence fence, VmId id, long generation) {
        return ask(id, reply -> new VmEvent.Delete(fence, generation, reply));
    }

    /** Every VM that is not absent. */
    public List<VmReport> reports() {
        List<VmReport> reports = new ArrayList<>();
        for (VmLoop loop : loops.values()) {
            VmReport report = loop.report();
            if (report != null && report.state() != dev.yado.protocol.ObservedState.ABSENT) {
                reports.add(report);
            }
        }
        reports.sort(Comparator.comparing(VmReport::id));
        return reports;
    }

    /** Also of a VM that was deleted here; empty for one that was never here. */
    public Optional<VmReport> report(VmId id) {
        VmLoop loop = loops.get(id);
        VmReport report = loop == null ? null : loop.report();
        if (report != null) {
            return Optional.of(report);
        }
        try {
            return host.store()
                    .tombstone(id)
                    .map(tomb -> VmReport.absent(id, tomb.memory().generation(), tomb.runEpoch(), tomb.since()));
        } catch (IOException e) {
            throw new YadoException(ErrorCode.UNAVAILABLE, "The host cannot read its records of this VM.", e);
        }
    }

    public List<VmSpec> specs() {
        return loops.values().stream()
                .map(VmLoop::spec)
                .flatMap(Stream::ofNullable)
                .toList();
    }

    /** As their loops saw them last; never waits for one. */
    public List<GuestSight> sights() {
        return loops.values().stream()
                .map(VmLoop::sight)
                .flatMap(Stream::ofNullable)
                .sorted(Comparator.comparing(GuestSight::id))
                .toList();
    }

    /**
     * Has every VM look at itself; one that does not within the time, or is gone by then, is left out.
     *
     * @return by id
     */
    public Map<VmId, Inspection> inspect(Duration patience) throws InterruptedException {
        return inspect(loops, patience);
    }

    private static Map<VmId, Inspection> inspect(Map<VmId, VmLoop> these, Duration patience)
            throws InterruptedException {
        Map<VmId, CompletableFuture<Inspection>> asked = new TreeMap<>();
        these.forEach((id, loop) -> {
            CompletableFuture<Inspection> reply = new CompletableFuture<>();
            if (loop.post(new VmEvent.Inspect(reply))) {
                asked.put(id, reply);
            }
        });
        long deadline = System.nanoTime() + patience.toNanos();
        Map<VmId, Inspection> answers = new TreeMap<>();
        for (Map.Entry<VmId, CompletableFuture<Inspection>> each : asked.entrySet()) {
            try {
                answers.put(each.getKey(), each.getValue().get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS));
            } catch (ExecutionException | TimeoutException | CancellationException e) {
                log.debug("VM {} could not be looked at", each.getKey(), e);
            }
        }
        return answers;
    }

    /** As {@link #inspect(Duration)}, of one VM; empty when it has no loop. */
    public Optional<Inspection> inspect(VmId id, Duration patience) throws InterruptedException {
        VmLoop loop = loops.get(id);
        return loop == null
                ? Optional.empty()
                : Optional.ofNullable(inspect(Map.of(id, loop), patience).get(id));
    }

    /** True when it has a loop: whatever lies in its directory is accounted for. */
    public boolean owns(VmId id) {
        return loops.containsKey(id);
    }

    public Optional<GuestConsole> console(VmId id) {
        VmLoop loop = loops.get(id);
        return loop == null || loop.spec() == null ? Optional.empty() : Optional.of(loop.console());
    }

    /** Keeps what guests wrote within bounds; to be called every second. */
    public void trimLogs() {
        loops.values().forEach(loop -> loop.console().trim());
    }

    /**
     * Takes over what an earlier daemon left: to be called once, before the first request. Returns when every VM knows whether
     * its process is there; those that are to be brought back follow in their order, in the background.
     */
    public void recover() throws IOException, InterruptedException {
        endStorage();
        Map<VmId, ProcessInfo> processes = QemuLauncher.scan(host.store().directories());
        Map<VmSpec, VmLoop> marked = new HashMap<>();
        Map<VmLoop, CompletableFuture<Boolean>> asked = new HashMap<>();
        for (VmId id : host.store().known()) {
            VmLoop loop = revive(id);
            if (loop == null) {
                continue;
            }
            ProcessInfo process = processes.remove(id);
            GuestFiles files = new GuestFiles(host.store().directory(id));
            QemuProcess found =
                    process == null ? null : host.qemu().adopt(process, files).orElse(null);
            CompletableFuture<Boolean> awaitsTurn = new CompletableFuture<>();
            loops.put(id, loop);
            loop.post(new VmEvent.Recover(found, awaitsTurn));
            loop.begin(() -> loops.remove(id, loop));
            asked.put(loop, awaitsTurn);
        }
        processes.forEach((id, process) -> log.warn(
                "process {} is a QEMU of this state directory, but there is no record of its VM {}: it is left alone",
                process.pid(),
                id));
        asked.forEach((loop, awaitsTurn) -> {
            VmSpec spec = loop.spec();
            if (awaitsTurn.join() && spec != null) {
                marked.put(spec, loop);
            }
        });
        if (!marked.isEmpty()) {
            Thread.ofVirtual().name("autostart").start(() -> bringBack(marked));
        }
    }

    /** Copies of disks that an earlier daemon began are not carried on. */
    private void endStorage() throws IOException, InterruptedException {
        Map<VmId, ProcessInfo> left = QemuLauncher.scanStorage(host.store().directories());
        for (Map.Entry<VmId, ProcessInfo> each : left.entrySet()) {
            VmId id = each.getKey();
            GuestFiles files = new GuestFiles(host.store().directory(id));
            QemuProcess process = host.qemu().adopt(each.getValue(), files).orElse(null);
            if (process != null) {
                log.info(
                        "VM {}: process {}, which an earlier daemon began to copy its disks with, is ended",
                        id,
                        process.pid());
                process.kill();
                try {
                    process.end().get(STORAGE_END_SECONDS, TimeUnit.SECONDS);
                } catch (ExecutionException | TimeoutException e) {
                    log.error("VM {}: process {} does not end after SIGKILL", id, process.pid(), e);
                }
            }
        }
    }

    private void bringBack(Map<VmSpec, VmLoop> marked) {
        List<VmSpec> inOrder = marked.keySet().stream()
                .sorted(Comparator.comparingInt((VmSpec spec) -> autostart(spec).order())
                        .thenComparing(VmSpec::id))
                .toList();
        for (VmSpec spec : inOrder) {
            CompletableFuture<VmReport> back = new CompletableFuture<>();
            try {
                VmLoop loop = marked.get(spec);
                if (loop != null && loop.post(new VmEvent.TakeTurn(back))) {
                    VmReport report = back.get(TURN_SECONDS, TimeUnit.SECONDS);
                    log.info("VM {} was brought back: {}", spec.id(), report.state());
                }
                Thread.sleep(autostart(spec).delaySeconds() * 1000L);
            } catch (TimeoutException e) {
                log.warn("VM {} is not back after {} s, the next one is started", spec.id(), TURN_SECONDS);
            } catch (ExecutionException e) {
                log.warn("VM {} could not be brought back", spec.id(), e);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static Autostart autostart(VmSpec spec) {
        Autostart autostart = spec.autostart();
        return autostart == null ? new Autostart(Integer.MAX_VALUE, 0) : autostart;
    }

    /** The loop of a VM that has a directory; null when its record cannot be used, which leaves everything as it is. */
    private @Nullable VmLoop revive(VmId id) throws IOException {
        try {
            Optional<VmStore.Stored> stored = host.store().load(id);
            Optional<VmStore.Tombstone> tomb = host.store().tombstone(id);
            if (tomb.isPresent()
                    && stored.map(VmStore.Stored::memory)
                            .filter(memory ->
                                    memory.generation() > tomb.get().memory().generation())
                            .isEmpty()) {
                Journal journal = stored.map(VmStore.Stored::journal).orElse(Journal.EMPTY);
                return new VmLoop(id, host, tomb.get().memory(), journal, true);
            }
            if (stored.isPresent()) {
                return new VmLoop(id, host, stored.get().memory(), stored.get().journal(), true);
            }
            if (Files.notExists(host.store().directory(id).resolve("disks"))) {
                // The daemon died before it had accepted the first spec.
                host.store().clear(id);
            } else {
                log.error("VM {} has disks but no record: it is left alone", id);
            }
        } catch (IOException e) {
            log.error("VM {} cannot be taken over, it is left as it is: {}", id, e.getMessage());
        }
        return null;
    }

    private VmReport ask(VmId id, Function<CompletableFuture<VmReport>, VmEvent> request) {
        return ask(id, request, () -> report(id));
    }

    /** @param otherwise the answer when the loop gives none in time; empty: there is none */
    <T> T ask(VmId id, Function<CompletableFuture<T>, VmEvent> request, Supplier<Optional<T>> otherwise) {
        return ask(id, request, REPLY, otherwise);
    }

    /** @param patience for the answer */
    <T> T ask(
            VmId id,
            Function<CompletableFuture<T>, VmEvent> request,
            Duration patience,
            Supplier<Optional<T>> otherwise) {
        CompletableFuture<T> reply = new CompletableFuture<>();
        VmEvent event = request.apply(reply);
        while (!loopOf(id).post(event)) {
            // It ended between the two calls; there is a new one now.
            Thread.onSpinWait();
        }
        try {
            return reply.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof YadoException known) {
                throw known;
            }
            throw new YadoException(ErrorCode.INTERNAL, "The request could not be carried out.", e);
        } catch (TimeoutException e) {
            reply.cancel(false);
            return otherwise
                    .get()
                    .orElseThrow(() -> new YadoException(
                            ErrorCode.DEADLINE_EXCEEDED,
                            "The host did not take the request within " + patience.toSeconds() + " s.",
                            e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new YadoException(ErrorCode.UNAVAILABLE, "The daemon is ending.", e);
        }
    }

    private VmLoop loopOf(VmId id) {
        return loops.computeIfAbsent(id, fresh -> {
            try {
                RequestPolicy.Memory memory = host.store()
                        .tombstone(id)
                        .map(VmStore.Tombstone::memory)
                        .orElse(null);
                if (Files.exists(host.store().directory(id))) {
                    throw new YadoException(
                            ErrorCode.UNAVAILABLE,
                            "The host has a record of VM " + id
                                    + " that it cannot read; its log says which file is damaged.");
                }
                VmLoop loop = new VmLoop(id, host, memory, Journal.EMPTY, false);
                loop.begin(() -> loops.remove(id, loop));
                return loop;
            } catch (IOException e) {
                throw new YadoException(ErrorCode.UNAVAILABLE, "The host cannot read its records of this VM.", e);
            }
        });
    }
}
