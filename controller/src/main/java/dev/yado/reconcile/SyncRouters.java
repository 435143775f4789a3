package dev.yado.reconcile;

import dev.yado.host.NetworkAgents;
import dev.yado.network.SyncQueue;
import dev.yado.network.SyncQueue.Due;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent;
import dev.yado.protocol.HostId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.NetworkAnswer;
import dev.yado.protocol.network.RouterId;
import dev.yado.router.HostRouters;
import dev.yado.router.HostRouters.Told;
import dev.yado.router.HostRouters.Wanted;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Tells hosts of the routers that they are to be the gateway of, and those that are not any more to forget them. Who is to forget
 * hears of it first: two hosts that answer at one address are worse than a moment with none. A host that is not heard of does not
 * hold the others up; it is told when it is back.
 */
@Component
class SyncRouters implements Reconciler {
    private static final Logger LOG = LoggerFactory.getLogger(SyncRouters.class);
    private static final Duration PERIOD = Duration.ofMillis(100);
    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
    private static final int AT_ONCE = 32;

    private final HostRouters routers;
    private final SyncQueue<RouterId> queue;
    private final NetworkAgents agents;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore room = new Semaphore(AT_ONCE);

    SyncRouters(HostRouters routers, NetworkAgents agents) {
        this.routers = routers;
        this.queue = routers.queue();
        this.agents = agents;
    }

    @Override
    public Duration period() {
        return PERIOD;
    }

    @Override
    public void scan() {
        int free = room.availablePermits();
        if (free == 0) {
            return;
        }
        for (Due<RouterId> due : queue.take(free, LEASE)) {
            room.acquireUninterruptibly();
            threads.execute(() -> {
                try {
                    work(due);
                } finally {
                    room.release();
                }
            });
        }
    }

    private void work(Due<RouterId> due) {
        try {
            if (told(due.id(), true)) {
                queue.done(due);
            } else {
                long pause = FIRST_PAUSE.toMillis() << Math.min(due.failures(), 8);
                queue.again(due, Duration.ofMillis(Math.min(pause, LONGEST_PAUSE.toMillis())));
            }
        } catch (RuntimeException e) {
            LOG.debug("router {} is told again later", due.id(), e);
        }
    }

    /** @return false when it has to be tried again */
    private boolean told(RouterId id, boolean othersFirst) {
        Optional<Wanted> found = routers.wanted(id);
        HostId gateway = found.map(Wanted::gateway).orElse(null);
        if (gateway != null) {
            routers.expect(id, gateway);
        }
        List<Told> known = routers.told(id);
        if (othersFirst && found.isPresent() && !left(id)) {
            return false;
        }
        boolean forgotten = true;
        for (Told host : known) {
            if (host.alive() && !host.host().equals(gateway)) {
                forgotten &= forget(
                        id,
                        host.host(),
                        found.map(wanted -> wanted.content().generation())
                                .orElseGet(() -> Objects.requireNonNullElse(host.gone(), host.acknowledged() + 1)));
            }
        }
        Told keeper = known.stream()
                .filter(host -> host.alive() && host.host().equals(gateway))
                .findFirst()
                .orElse(null);
        return forgotten
                && (keeper == null || give(id, keeper, found.orElseThrow().content()));
    }

    /** Whether the floating IPs of this router are nowhere else any more, as far as hosts can be told. */
    private boolean left(RouterId id) {
        for (RouterId before : routers.before(id)) {
            if (!told(before, false)) {
                return false;
            }
            routers.hasLeft(id, before);
        }
        return true;
    }

    private boolean forget(RouterId id, HostId host, long generation) {
        NetworkAnswer answer = call(id, host, () -> agents.networkOf(host).deleteRouter(id, generation));
        if (answer == null) {
            return false;
        }
        routers.absent(id, host, generation);
        return true;
    }

    private boolean give(RouterId id, Told keeper, HostRouter content) {
        HostId host = keeper.host();
        if (keeper.acknowledged() >= content.generation() && keeper.problem() == null) {
            return true;
        }
        if (!routers.missing(id, host).isEmpty()) {
            return false;
        }
        NetworkAnswer answer = call(id, host, () -> agents.networkOf(host).put(content));
        if (answer == null) {
            return false;
        }
        routers.acknowledged(id, host, content.generation(), answer.problem());
        return answer.problem() == null;
    }

    private interface Call {
        NetworkAnswer make();
    }

    private @Nullable NetworkAnswer call(RouterId id, HostId host, Call call) {
        try {
            return call.make();
        } catch (HostAgent.HostRefusal refused) {
            if (refused.code() == ErrorCode.STALE_GENERATION) {
                routers.raise(id);
            } else {
                LOG.warn("host {} refuses router {}: {}", host, id, refused.getMessage());
            }
            routers.failed(id, host, "the host refuses it: " + refused.getMessage());
        } catch (YadoException unreachable) {
            routers.failed(id, host, String.valueOf(unreachable.getMessage()));
        }
        return null;
    }
}
