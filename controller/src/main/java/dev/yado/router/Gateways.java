package dev.yado.router;

import dev.yado.drift.DriftSettings;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.network.RouterId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Chooses on which host a router's packets pass: one that has what the router needs, and of these the one that is the gateway of the
 * fewest. A host that is only silent keeps its routers, as its guests run on; one that is lost, or says that it cannot, does not.
 */
@Service
public class Gateways {
    private static final Logger LOG = LoggerFactory.getLogger(Gateways.class);
    private static final int MOST_REASONS = 8;
    private static final String HOSTS = """
            SELECT h.id, h.name, h.network, h.lease_until > now() AS alive,
                h.lease_until < now() - ? * interval '1 second' AS lost,
                (SELECT count(*) FROM router r WHERE r.gateway_host_id = h.id AND r.id <> ?) AS routers
            FROM host h
            """;

    private final JdbcClient jdbc;
    private final RouterRows rows;
    private final DriftSettings drift;
    private final TransactionTemplate transactions;

    Gateways(JdbcClient jdbc, RouterRows rows, DriftSettings drift, TransactionTemplate transactions) {
        this.jdbc = jdbc;
        this.rows = rows;
        this.drift = drift;
        this.transactions = transactions;
    }

    private record Candidate(
            HostId id,
            String name,
            boolean alive,
            boolean lost,
            long routers,
            @Nullable NetworkFacts facts) {}

    /** @param provider null: it needs no way out. @param tunnels it has a foot in a network that is tunnelled between hosts */
    private record Needs(@Nullable String provider, boolean tunnels) {
        /** Why the host cannot do it at all; empty when it can, if it is alive. */
        Optional<String> unmetBy(Candidate host) {
            NetworkFacts facts = host.facts();
            if (facts == null) {
                return Optional.of("carries no networks");
            }
            if (facts.problem() != null) {
                return Optional.of(facts.problem());
            }
            if (tunnels && facts.tunnelEndpoint() == null) {
                return Optional.of("has no tunnel endpoint");
            }
            return provider == null || facts.providers().contains(provider)
                    ? Optional.empty()
                    : Optional.of("has no way to the provider network " + provider);
        }
    }

    private record Choice(@Nullable HostId host, String reason) {}

    /** Routers whose gateway has to be looked at: there is none, its host is lost, or can no longer do it. */
    public List<RouterId> astray() {
        return jdbc.sql("""
                        SELECT r.id FROM router r LEFT JOIN host h ON h.id = r.gateway_host_id
                        LEFT JOIN network n ON n.id = r.uplink_network_id
                        WHERE (n.id IS NOT NULL OR EXISTS (SELECT FROM router_leg l WHERE l.router_id = r.id))
                            AND (h.id IS NULL OR h.lease_until < now() - ? * interval '1 second' OR h.network IS NULL
                                OR h.network ->> 'problem' IS NOT NULL
                                OR n.provider IS NOT NULL AND NOT coalesce(h.network -> 'providers', '[]') @> to_jsonb(n.provider))
                        ORDER BY r.id
                        """).param(drift.lostAfter().toSeconds()).query(UUID.class).list().stream()
                .map(RouterId::new)
                .toList();
    }

    /** Looks again at one that is {@link #astray}, in a transaction of its own. */
    public void mend(RouterId id) {
        transactions.executeWithoutResult(_ -> {
            if (rows.lock(id, null)) {
                settle(id);
            }
        });
    }

    /** Gives the router a gateway where it needs one and has none that can do it. To be called with the router locked. */
    void settle(RouterId id) {
        RouterView router = rows.find(id).orElseThrow();
        HostId present = router.gateway().host();
        if (router.external() == null && router.feet().isEmpty()) {
            write(router, new Choice(null, "it has neither a subnet nor a way out"));
            return;
        }
        Needs needs = needs(router);
        List<Candidate> hosts = candidates(id);
        Candidate holder = hosts.stream()
                .filter(host -> host.id().equals(present))
                .findFirst()
                .orElse(null);
        if (holder == null || holder.lost() || needs.unmetBy(holder).isPresent()) {
            Choice choice = choose(hosts, needs, null);
            if (holder != null && choice.host() == null) {
                // Nobody is better than one that may come back as it was.
                choice = new Choice(
                        holder.id(),
                        "host " + holder.name() + " is lost or unfit, and there is no other: " + choice.reason());
            }
            write(router, choice);
        }
    }

    /**
     * @param asked null: the best of the others
     * @throws YadoException {@code NO_HOST_FITS} with the reasons
     */
    void move(RouterId id, @Nullable HostId asked) {
        RouterView router = rows.find(id).orElseThrow();
        HostId present = router.gateway().host();
        Needs needs = needs(router);
        List<Candidate> hosts = candidates(id).stream()
                .filter(host ->
                        asked == null ? !host.id().equals(present) : host.id().equals(asked))
                .toList();
        if (asked != null && hosts.isEmpty()) {
            throw new YadoException(ErrorCode.NOT_FOUND, "host " + asked + " does not exist");
        }
        Choice choice = choose(hosts, needs, asked);
        if (choice.host() == null) {
            throw new YadoException(ErrorCode.NO_HOST_FITS, choice.reason());
        }
        write(router, choice);
    }

    private Needs needs(RouterView router) {
        RouterView.External external = router.external();
        String provider = external == null
                ? null
                : jdbc.sql("SELECT provider FROM network WHERE id = ?")
                        .param(external.network().value())
                        .query(String.class)
                        .optional()
                        .orElse(null);
        boolean tunnels = Boolean.TRUE.equals(
                jdbc.sql("""
                        SELECT EXISTS (SELECT FROM router_leg l JOIN network n ON n.id = l.network_id
                            WHERE l.router_id = ? AND n.segment = 'OVERLAY')
                        """).param(router.id().value()).query(Boolean.class).single());
        return new Needs(provider, tunnels);
    }

    private List<Candidate> candidates(RouterId router) {
        return jdbc.sql(HOSTS)
                .params(drift.lostAfter().toSeconds(), router.value())
                .query(Gateways::candidate)
                .list();
    }

    private static Candidate candidate(ResultSet row, int ignored) throws SQLException {
        String facts = row.getString("network");
        return new Candidate(
                new HostId(row.getObject("id", UUID.class)),
                row.getString("name"),
                row.getBoolean("alive"),
                row.getBoolean("lost"),
                row.getLong("routers"),
                facts == null ? null : ProtocolJson.mapper().readValue(facts, NetworkFacts.class));
    }

    private static Choice choose(List<Candidate> hosts, Needs needs, @Nullable HostId asked) {
        List<Candidate> fit = hosts.stream()
                .filter(host -> host.alive() && needs.unmetBy(host).isEmpty())
                .sorted(Comparator.comparingLong(Candidate::routers).thenComparing(Candidate::name))
                .toList();
        if (fit.isEmpty()) {
            String why = hosts.stream()
                    .limit(MOST_REASONS)
                    .map(host -> host.name() + " " + needs.unmetBy(host).orElse("does not report"))
                    .collect(Collectors.joining("; "));
            return new Choice(null, "no host can be its gateway: " + (why.isEmpty() ? "there is none" : why));
        }
        Candidate best = fit.getFirst();
        return new Choice(
                best.id(),
                asked == null
                        ? "host " + best.name() + " is the gateway of " + best.routers()
                                + " other routers, the fewest of " + fit.size() + " hosts that can be"
                        : "host " + best.name() + " was asked for");
    }

    private void write(RouterView router, Choice choice) {
        HostId before = router.gateway().host();
        HostId host = choice.host();
        if (Objects.equals(before, host)
                && choice.reason().equals(router.gateway().reason())) {
            return;
        }
        jdbc.sql("""
                UPDATE router SET gateway_host_id = ?, gateway_reason = ?,
                    gateway_since = CASE WHEN gateway_host_id IS DISTINCT FROM ? THEN now() ELSE gateway_since END WHERE id = ?
                """)
                .param(host == null ? null : host.value())
                .param(choice.reason())
                .param(host == null ? null : host.value())
                .param(router.id().value())
                .update();
        if (!Objects.equals(before, host)) {
            LOG.info("router {}: {}", router.id(), choice.reason());
        }
    }
}
