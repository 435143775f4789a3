package dev.yado.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.ControllerClient;
import dev.yado.ControllerTest;
import dev.yado.event.EventReader.Seen;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;

@ControllerTest
@Timeout(60)
class EventsTest {
    @Autowired
    private ControllerClient admin;

    @Autowired
    private JdbcTemplate jdbc;

    @Autowired
    private TransactionTemplate transactions;

    @Autowired
    private EventRows rows;

    @Autowired
    private EventTail tail;

    private record Tenant(UUID id, ControllerClient client) {}

    private Tenant tenant() {
        UUID id = UUID.fromString(admin.post("/v1/tenants", "{\"name\": \"t" + UUID.randomUUID() + "\"}")
                .text("id"));
        String token =
                admin.post("/v1/tenants/" + id + "/tokens", "{\"name\": \"t\"}").text("token");
        return new Tenant(id, admin.withToken(token));
    }

    private static String image(Tenant tenant, String name) {
        return tenant.client()
                .post(
                        "/v1/images",
                        "{\"name\": \"%s\", \"format\": \"raw\", \"architecture\": \"x86_64\"}".formatted(name))
                .text("id");
    }

    private static List<Seen> read(EventReader reader, int count) throws IOException {
        List<Seen> seen = new ArrayList<>();
        while (seen.size() < count) {
            seen.add(java.util.Objects.requireNonNull(reader.next(), "the stream has ended"));
        }
        return seen;
    }

    @Test
    void aTenantIsToldWhatHappensToItsObjectsAndNothingElse() throws Exception {
        Tenant mine = tenant();
        Tenant other = tenant();
        try (EventReader watching = new EventReader(mine.client(), "", null).ready()) {
            image(other, "theirs");
            String id = image(mine, "ours");
            mine.client().delete("/v1/images/" + id);

            List<Seen> seen = read(watching, 2);

            assertThat(seen).extracting(Seen::type).containsExactly("image.created", "image.removed");
            assertThat(seen).allSatisfy(event -> {
                assertThat(event.data().at("/object/id").asString()).isEqualTo(id);
                assertThat(event.data().at("/tenantId").asString())
                        .isEqualTo(mine.id().toString());
                assertThat(event.data().at("/data/name").asString()).isEqualTo("ours");
            });
        }
    }

    @Test
    void anOperationIsToldFromItsBeginToItsEnd() throws Exception {
        Tenant mine = tenant();
        try (EventReader watching = new EventReader(mine.client(), "?types=operation.,vm.created", null).ready()) {
            // Nothing in the test's fleet has so much memory.
            String vm = mine.client()
                    .post(
                            "/v1/vms",
                            "{\"name\": \"v\", \"vcpus\": 1, \"memoryMiB\": 33000000, \"disks\": [{\"sizeGiB\": 1}]}")
                    .text("targetId");
            List<Seen> begun = read(watching, 3);
            mine.client().delete("/v1/vms/" + vm);
            List<String> ended = new ArrayList<>();
            while (ended.stream().filter("operation.ended"::equals).count() < 2) {
                ended.add(read(watching, 1).getFirst().type());
            }
            assertThat(begun)
                    .extracting(Seen::type)
                    .containsExactlyInAnyOrder("vm.created", "operation.accepted", "operation.waiting");
            assertThat(begun.getLast().data().at("/data/waitReason").asString()).contains("NO_HOST_FITS");
        }
    }

    /** Numbers are given before commits: without care a reader would pass over what commits late. */
    @Test
    void whoComesBackMissesNothingAndSeesNothingTwiceWhateverTheOrderOfCommits() throws Exception {
        Tenant mine = tenant();
        int writers = 6;
        int each = 60;
        List<String> seen = new ArrayList<>();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            String from = String.valueOf(
                    new EventReader(mine.client(), "", null).ready().lastId());
            List<Future<?>> writing = IntStream.range(0, writers)
                    .<Future<?>>mapToObj(writer -> executor.submit(() -> write(mine, writer, each)))
                    .toList();
            Random random = new Random(7);
            while (seen.size() < writers * each * 2) {
                try (EventReader watching = new EventReader(mine.client(), "", from)) {
                    int most = Math.min(1 + random.nextInt(60), writers * each * 2 - seen.size());
                    read(watching, most)
                            .forEach(event ->
                                    seen.add(event.data().at("/data/name").asString()));
                    from = String.valueOf(watching.lastId());
                }
            }
            for (Future<?> done : writing) {
                done.get();
            }
        }
        Set<String> expected = new TreeSet<>();
        IntStream.range(0, writers)
                .forEach(writer -> IntStream.range(0, each * 2).forEach(i -> expected.add("w" + writer + "-" + i)));
        assertThat(seen).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(expected);
    }

    /** Two rows a transaction, with another writer's turn between them. */
    private void write(Tenant tenant, int writer, int count) {
        for (int i = 0; i < count; i++) {
            int first = 2 * i;
            transactions.executeWithoutResult(_ -> {
                insert(tenant, "w" + writer + "-" + first);
                Thread.yield();
                insert(tenant, "w" + writer + "-" + (first + 1));
            });
        }
    }

    private void insert(Tenant tenant, String name) {
        jdbc.update(
                "INSERT INTO image (id, tenant_id, name, format, architecture, state) VALUES (?, ?, ?, 'RAW', 'X86_64', 'PENDING')",
                UUID.randomUUID(),
                tenant.id(),
                name);
    }

    @Test
    void aWatcherThatFallsBehindReadsOnFromTheTable() throws Exception {
        Tenant mine = tenant();
        try (EventTail.Watch watch = tail.watch()) {
            EventPlace before = rows.present();
            transactions.executeWithoutResult(_ -> jdbc.update("""
                    INSERT INTO image (id, tenant_id, name, format, architecture, state)
                    SELECT gen_random_uuid(), ?, 'n' || n, 'RAW', 'X86_64', 'PENDING' FROM generate_series(1, 6000) n
                    """, mine.id()));
            org.awaitility.Awaitility.await().atMost(Duration.ofSeconds(20)).until(watch::overrun);
            try (EventReader slow = new EventReader(mine.client(), "", before.toString())) {
                assertThat(read(slow, 6000)).extracting(Seen::id).doesNotHaveDuplicates();
            }
        }
    }

    @Test
    void whatIsNoLongerKeptIsRefusedNotPassedOver() throws Exception {
        Tenant mine = tenant();
        String before =
                String.valueOf(new EventReader(mine.client(), "", null).ready().lastId());
        image(mine, "old");
        org.awaitility.Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> {
            while (rows.prune(Duration.ZERO) > 0) {}
            return jdbc.queryForList("SELECT 1 FROM event WHERE tenant_id = ?", Integer.class, mine.id())
                    .isEmpty();
        });
        var answer = mine.client().send(mine.client().request("/v1/events").header("Last-Event-ID", before));
        assertThat(answer.status()).isEqualTo(410);
        assertThat(answer.code()).isEqualTo(ErrorCode.EVENTS_GONE.name());
    }

    @Test
    void anIdThatNoEventHadIsRefused() {
        for (String id : List.of("x", "1", "-1-1", "1-99999999999999999999", "999999999999999999-1")) {
            var answer = admin.send(admin.request("/v1/events").header("Last-Event-ID", id));
            assertThat(answer.code()).as(id).isIn("INVALID_CURSOR", "EVENTS_GONE");
        }
        assertThat(admin.get("/v1/events?types=Vm*").code()).isEqualTo("INVALID_REQUEST");
        assertThatThrownBy(() -> EventPlace.parse("")).isInstanceOf(YadoException.class);
    }

    @Test
    void hostsAreTheAdministratorsAffair() throws Exception {
        Tenant mine = tenant();
        EventFilter tenants = new EventFilter(
                new dev.yado.api.Caller.Tenant(new dev.yado.protocol.TenantId(mine.id())), List.of(), null);
        EventFilter all = new EventFilter(new dev.yado.api.Caller.Administrator(null), List.of("host."), null);
        Event host = new Event(
                new EventPlace(1, 1),
                "host.joined",
                java.time.Instant.now(),
                null,
                "host",
                UUID.randomUUID(),
                ProtocolJson.mapper().writeValueAsString(Map.of()));
        assertThat(tenants.lets(host)).isFalse();
        assertThat(all.lets(host)).isTrue();
    }
}
