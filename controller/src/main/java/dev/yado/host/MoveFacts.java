package dev.yado.host;

import dev.yado.protocol.BackupFacts;
import dev.yado.protocol.HostId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.MigrationFacts;
import dev.yado.protocol.MigrationFacts.SharedPool;
import dev.yado.scheduler.HostSnapshot;
import dev.yado.scheduler.Kept;
import dev.yado.scheduler.Mobility;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** What hosts say of themselves for moves and backups. It is long and changes seldom: what was read of a host is read again when its digest is another. */
@Component
class MoveFacts {
    private final JdbcTemplate jdbc;
    private final Map<HostId, Read> known = new ConcurrentHashMap<>();

    MoveFacts(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** @param digest of all that it says of itself; null: not known */
    record Host(HostSnapshot host, @Nullable String digest) {}

    private record Read(@Nullable String digest, Optional<MigrationFacts> facts, Set<Kept.Repository> repositories) {}

    /** The hosts with what they say of moves, and what is promised in their shared pools. */
    List<HostSnapshot> added(List<Host> hosts) {
        readAnew(hosts.stream().filter(this::changed).toList());
        Map<UUID, Mebibytes> promised =
                hosts.stream().anyMatch(each -> hasPools(each.host().id())) ? promised() : Map.of();
        return hosts.stream().map(each -> with(each.host(), promised)).toList();
    }

    private boolean changed(Host host) {
        Read read = known.get(host.host().id());
        return read == null || read.digest() == null || !read.digest().equals(host.digest());
    }

    private boolean hasPools(HostId host) {
        Read read = known.get(host);
        return read != null
                && read.facts().filter(facts -> !facts.pools().isEmpty()).isPresent();
    }

    private void readAnew(List<Host> changed) {
        if (changed.isEmpty()) {
            return;
        }
        UUID[] ids = changed.stream().map(each -> each.host().id().value()).toArray(UUID[]::new);
        jdbc.query(
                "SELECT id, facts_digest, migration, backup FROM host WHERE id = ANY (?::uuid[])",
                row -> {
                    known.put(
                            new HostId(row.getObject("id", UUID.class)),
                            new Read(
                                    row.getString("facts_digest"),
                                    Optional.ofNullable(HostRow.migration(row)),
                                    repositories(HostRow.backup(row))));
                },
                (Object) ids);
    }

    /** In each pool, by its marker: disks of VMs wherever they are. */
    private Map<UUID, Mebibytes> promised() {
        Map<UUID, Mebibytes> promised = new HashMap<>();
        jdbc.query(
                "SELECT pool_marker, sum(size_mib) AS size_mib FROM vm_disk WHERE pool_marker IS NOT NULL GROUP BY pool_marker",
                row -> {
                    promised.put(row.getObject("pool_marker", UUID.class), new Mebibytes(row.getLong("size_mib")));
                });
        return promised;
    }

    private HostSnapshot with(HostSnapshot host, Map<UUID, Mebibytes> promised) {
        Read read = known.get(host.id());
        if (read == null) {
            return host;
        }
        HostSnapshot reading = read.repositories().isEmpty() ? host : host.with(read.repositories());
        return read.facts()
                .map(facts -> reading.with(new Mobility(
                        facts.cpu(),
                        facts.cpuModels(),
                        facts.machineTypes(),
                        facts.pools().stream().map(pool -> pool(pool, promised)).toList())))
                .orElse(reading);
    }

    /** Those that can be read now. */
    private static Set<Kept.Repository> repositories(@Nullable BackupFacts facts) {
        return facts == null
                ? Set.of()
                : facts.repositories().stream()
                        .filter(each -> each.problem() == null)
                        .map(each -> new Kept.Repository(each.name(), each.marker()))
                        .collect(Collectors.toSet());
    }

    private static Mobility.SharedPool pool(SharedPool pool, Map<UUID, Mebibytes> promised) {
        return new Mobility.SharedPool(
                pool.name(),
                pool.marker(),
                pool.size(),
                promised.getOrDefault(pool.marker(), Mebibytes.ZERO),
                pool.problem());
    }
}
