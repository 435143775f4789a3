package dev.yado.reconcile;

import dev.yado.network.Drawing;
import dev.yado.network.HostNetworks;
import dev.yado.network.SyncQueue;
import dev.yado.network.SyncQueue.Due;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.sync.NetworkCalls;
import dev.yado.sync.NetworkCalls.Told;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Tells hosts of networks that have changed: every host that carries one, all at once, and only what it has not acknowledged. Changes
 * that come while hosts are told are told together afterwards. A host that is away is told when it is back.
 */
@Component
class SyncNetworks implements Reconciler {
    private static final Logger LOG = LoggerFactory.getLogger(SyncNetworks.class);
    private static final Duration PERIOD = Duration.ofMillis(100);
    private static final Duration LEASE = Duration.ofMinutes(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final int MOST_NETWORKS = 64;
    /** Connections to the database are for callers too. */
    private static final int MOST_DRAWINGS = 4;

    private static final int MOST_CALLS = 256;

    private final HostNetworks networks;
    private final SyncQueue<NetworkId> queue;
    private final NetworkCalls calls;
    private final Semaphore turns = new Semaphore(MOST_NETWORKS);
    private final Semaphore drawings = new Semaphore(MOST_DRAWINGS);
    private final Semaphore lines = new Semaphore(MOST_CALLS);

    SyncNetworks(HostNetworks networks, NetworkCalls calls) {
        this.networks = networks;
        this.queue = networks.queue();
        this.calls = calls;
    }

    @Override
    public Duration period() {
        return PERIOD;
    }

    /** Does not wait for what it begins: one host that does not answer keeps no other network waiting. */
    @Override
    public void scan() {
        int free = turns.drainPermits();
        int used = 0;
        try {
            List<Due<NetworkId>> due = free == 0 ? List.of() : queue.take(free, LEASE);
            for (Due<NetworkId> one : due) {
                begin(one);
                used++;
            }
        } finally {
            turns.release(free - used);
        }
    }

    private void begin(Due<NetworkId> first) {
        Thread.ofVirtual().name("sync-network-" + first.id()).start(() -> {
            try {
                inTurn(first);
            } catch (RuntimeException e) {
                LOG.debug("the network is synced again when its lease is over", e);
            } finally {
                turns.release();
            }
        });
    }

    /** And whatever else is due by then. */
    private void inTurn(Due<NetworkId> first) {
        List<Due<NetworkId>> due = List.of(first);
        while (!due.isEmpty()) {
            sync(due.getFirst());
            due = queue.take(1, LEASE);
        }
    }

    private void sync(Due<NetworkId> due) {
        boolean all = draw(due.id()).map(drawing -> sync(due.id(), drawing)).orElseGet(() -> remove(due.id()));
        if (all) {
            queue.done(due);
        } else {
            Duration pause = Duration.ofSeconds(1L << Math.min(due.failures(), 6));
            queue.again(due, pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE);
        }
    }

    private Optional<Drawing> draw(NetworkId id) {
        drawings.acquireUninterruptibly();
        try {
            return networks.draw(id);
        } finally {
            drawings.release();
        }
    }

    private boolean sync(NetworkId id, Drawing drawing) {
        Set<HostId> wanted = drawing.hosts();
        List<HostId> unheard = wanted.stream()
                .filter(host -> !drawing.told().containsKey(host))
                .toList();
        if (!unheard.isEmpty()) {
            networks.expect(id, unheard);
        }
        Set<HostId> outdated = new TreeSet<>(wanted);
        outdated.removeIf(host -> isInForce(drawing, host));
        Set<HostId> unwanted = new TreeSet<>(drawing.told().keySet());
        unwanted.removeAll(wanted);
        // A host that a VM has left sends on what comes for it: first the others are told where it is.
        boolean told = atAll(id, outdated, host -> put(drawing, host));
        return atAll(id, unwanted, host -> delete(id, host, drawing.generation())) && told;
    }

    private static boolean isInForce(Drawing drawing, HostId host) {
        Drawing.Told told = drawing.told().get(host);
        return drawing.isKnownAt(host) && told != null && told.problem() == null;
    }

    private boolean remove(NetworkId gone) {
        List<HostNetworks.Leftover> leftovers = networks.leftovers(gone);
        Set<HostId> hosts = new TreeSet<>();
        leftovers.forEach(leftover -> hosts.add(leftover.host()));
        return atAll(
                gone,
                hosts,
                host -> leftovers.stream()
                        .filter(leftover -> leftover.host().equals(host))
                        .allMatch(leftover -> delete(gone, host, leftover.generation())));
    }

    @FunctionalInterface
    private interface Call {
        /** False when it has to be repeated. */
        boolean to(HostId host);
    }

    /** At all of them that are heard of, at once. True when none has to be told again. */
    private boolean atAll(NetworkId id, Set<HostId> hosts, Call call) {
        if (hosts.isEmpty()) {
            return true;
        }
        AtomicBoolean all = new AtomicBoolean(true);
        List<Thread> threads = new ArrayList<>();
        for (HostId host : networks.alive(hosts)) {
            threads.add(Thread.startVirtualThread(() -> {
                if (!one(id, host, call)) {
                    all.set(false);
                }
            }));
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return all.get();
    }

    private boolean one(NetworkId id, HostId host, Call call) {
        lines.acquireUninterruptibly();
        try {
            return call.to(host);
        } catch (HostUnreachable e) {
            networks.failed(id, host, e.code() + ": " + e.getMessage());
            return false;
        } catch (RuntimeException e) {
            LOG.debug("network {} is told to host {} again later", id, host, e);
            return false;
        } finally {
            lines.release();
        }
    }

    private boolean put(Drawing drawing, HostId host) {
        return switch (calls.put(drawing, host)) {
            case Told.Accepted(long generation, String problem) -> {
                networks.acknowledged(drawing.id(), host, generation, problem);
                yield problem == null;
            }
            case Told.Overtaken _ -> overtaken(drawing, host);
            case Told.Refused refused -> {
                networks.failed(drawing.id(), host, refused.code() + ": " + refused.detail());
                yield false;
            }
        };
    }

    /** Somebody has told the host something newer; or nobody has, and it remembers what the rows do not. */
    private boolean overtaken(Drawing drawing, HostId host) {
        boolean newest = draw(drawing.id())
                .filter(now -> now.generation() == drawing.generation() && !now.isKnownAt(host))
                .isPresent();
        if (newest) {
            LOG.warn(
                    "host {} knows a higher generation of network {} than {}: it is raised",
                    host,
                    drawing.id(),
                    drawing.generation());
            networks.raise(drawing.id());
        }
        return false;
    }

    private boolean delete(NetworkId id, HostId host, long generation) {
        return switch (calls.delete(id, host, generation)) {
            case Told.Accepted _ -> {
                networks.absent(id, host, generation);
                yield true;
            }
            case Told.Overtaken _ -> false;
            case Told.Refused refused -> {
                networks.failed(id, host, refused.code() + ": " + refused.detail());
                yield false;
            }
        };
    }
}
