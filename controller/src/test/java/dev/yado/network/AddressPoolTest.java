package dev.yado.network;

import static dev.yado.flow.TestingCloud.networked;
import static dev.yado.flow.TestingCloud.stopped;
import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.UuidV7;
import dev.yado.protocol.YadoException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.dao.DataIntegrityViolationException;

/** Addresses on a real PostgreSQL: who gets which, and what no writer can bring about. */
@Timeout(120)
class AddressPoolTest {
    private static final int CALLERS = 200;
    private final TestingCloud cloud = new TestingCloud();
    private final List<ControllerReplica> controllers = List.of(cloud.replica(), cloud.replica());

    @AfterEach
    void close() {
        cloud.close();
    }

    private int count(String sql, Object... arguments) {
        Integer count = cloud.jdbc().queryForObject(sql, Integer.class, arguments);
        return count == null ? -1 : count;
    }

    private UUID id(String sql, Object... arguments) {
        return Objects.requireNonNull(cloud.jdbc().queryForObject(sql, UUID.class, arguments));
    }

    private Map<ErrorCode, Long> createAtOnce(NetworkId network) throws Exception {
        List<ErrorCode> refused = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> asked = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                ControllerReplica replica = controllers.get(i % controllers.size());
                asked.add(callers.submit(() -> replica.vms().create(cloud.caller(), stopped(networked(network)))));
            }
            for (Future<?> each : asked) {
                try {
                    each.get();
                } catch (ExecutionException failed) {
                    if (!(failed.getCause() instanceof YadoException coded)) {
                        throw failed;
                    }
                    refused.add(coded.code());
                }
            }
        }
        return refused.stream().collect(Collectors.groupingBy(code -> code, Collectors.counting()));
    }

    @Test
    void theLastAddressGoesToOneOfTwoHundred() throws Exception {
        // Of eight: the network itself, its gateway, its services and the broadcast are kept; three are taken before.
        NetworkId network = cloud.network(controllers.getFirst(), "10.0.0.0/29");
        for (int i = 0; i < 3; i++) {
            controllers.getFirst().vms().create(cloud.caller(), stopped(networked(network)));
        }

        Map<ErrorCode, Long> refused = createAtOnce(network);

        assertThat(refused).isEqualTo(Map.of(ErrorCode.ADDRESSES_EXHAUSTED, CALLERS - 1L));
        assertThat(count("SELECT count(*) FROM address WHERE use = 'NIC'")).isEqualTo(4);
        assertThat(count("SELECT count(*) FROM vm")).isEqualTo(4);
    }

    @Test
    void twoHundredAtOnceGetTwoHundredAddresses() throws Exception {
        NetworkId network = cloud.network(controllers.getFirst(), "10.0.0.0/22", "fd00::/64");

        assertThat(createAtOnce(network)).isEmpty();

        assertThat(count("SELECT count(DISTINCT ip) FROM address WHERE use = 'NIC' AND family(ip) = 4"))
                .isEqualTo(CALLERS);
        assertThat(count("SELECT count(DISTINCT ip) FROM address WHERE use = 'NIC' AND family(ip) = 6"))
                .isEqualTo(CALLERS);
        assertThat(count("SELECT count(DISTINCT mac) FROM nic")).isEqualTo(CALLERS);
    }

    @Test
    void twoNetworksMayHaveTheSameRangeAndOneMayNot() {
        ControllerReplica controller = controllers.getFirst();
        NetworkId first = cloud.network(controller, "10.0.0.0/24");
        cloud.network(controller, "10.0.0.0/24");

        assertThat(refusalOf(() -> insertSubnet(first, "10.0.0.128/25"))).contains("subnet_int8range_cidr_excl");
    }

    private void insertSubnet(NetworkId network, String cidr) {
        cloud.jdbc().update("""
                INSERT INTO subnet (id, network_id, network_number, cidr, service, dhcp)
                SELECT ?, id, number, ?::cidr, host(?::cidr::inet + 2)::inet, true FROM network WHERE id = ?
                """, UuidV7.next(), cidr, cidr, network.value());
    }

    /** The database says it of any writer, whatever that has checked before. */
    @Test
    void noWriterTakesAnAddressTwiceOrOutsideOrOneThatIsKept() {
        NetworkId network = cloud.network(controllers.getFirst(), "10.0.0.0/24");
        controllers.getFirst().vms().create(cloud.caller(), stopped(networked(network)));

        assertThat(refusalOf(() -> take(network, "10.0.0.3"))).contains("address_pkey");
        assertThat(refusalOf(() -> take(network, "10.0.0.1"))).contains("address_pkey");
        assertThat(refusalOf(() -> take(network, "10.0.1.9"))).contains("address_");
        assertThat(refusalOf(() -> take(network, "10.0.0.0"))).contains("address_");
        assertThat(refusalOf(() -> take(network, "10.0.0.255"))).contains("address_");
    }

    private void take(NetworkId network, String ip) {
        UUID nic = id("SELECT id FROM nic WHERE network_id = ?", network.value());
        cloud.jdbc().update("""
                INSERT INTO address (network_id, ip, subnet_id, cidr, use, nic_id)
                SELECT network_id, ?::inet, id, cidr, 'NIC', ? FROM subnet WHERE network_id = ?
                """, ip, nic, network.value());
    }

    private static String refusalOf(Runnable write) {
        try {
            write.run();
        } catch (DataIntegrityViolationException refused) {
            return String.valueOf(refused.getMessage());
        }
        throw new AssertionError("the database took it");
    }

    /** It is not looked for from the start each time. */
    @Test
    void theNextOfSixtyFiveThousandIsFoundAsFastAsTheFirst() {
        NetworkId network = cloud.network(controllers.getFirst(), "10.0.0.0/16", "10.1.0.0/24");
        controllers.getFirst().vms().create(cloud.caller(), stopped(networked(network)));
        UUID subnet = id("SELECT id FROM subnet WHERE network_id = ? AND cidr = '10.0.0.0/16'", network.value());
        UUID nic = id("SELECT id FROM nic");
        long before = microsPerAddress(subnet, nic, 200);
        cloud.jdbc().update("""
                INSERT INTO address (network_id, ip, subnet_id, cidr, use, nic_id)
                SELECT s.network_id, s.next_address + i, s.id, s.cidr, 'NIC', ? FROM subnet s, generate_series(0, 64499) i WHERE s.id = ?
                """, nic, subnet);
        cloud.jdbc().update("UPDATE subnet SET next_address = next_address + 64500 WHERE id = ?", subnet);

        long after = microsPerAddress(subnet, nic, 200);

        assertThat(count("SELECT count(*) FROM address WHERE subnet_id = ?", subnet))
                .isEqualTo(64_500 + 400 + 3);
        assertThat(after).isLessThan(10 * before + 1000);
        cloud.jdbc().update("DELETE FROM address WHERE nic_id = ? AND ip <> '10.0.0.3'", nic);
    }

    private long microsPerAddress(UUID subnet, UUID nic, int times) {
        long began = System.nanoTime();
        for (int i = 0; i < times; i++) {
            String outcome = cloud.jdbc()
                    .queryForObject(
                            "SELECT outcome FROM take_address(?, ?, NULL, 'NIC', NULL)", String.class, subnet, nic);
            assertThat(outcome).isEqualTo("TAKEN_NOW");
        }
        return (System.nanoTime() - began) / 1000 / times;
    }

    @Test
    void aFreedAddressIsGivenAgainOnlyWhenItWasFreeForAWhileOrNothingElseIsLeft() {
        NetworkId network = cloud.network(controllers.getFirst(), "10.0.0.0/29");
        UUID subnet = id("SELECT id FROM subnet");
        controllers.getFirst().vms().create(cloud.caller(), stopped(networked(network)));
        UUID nic = id("SELECT id FROM nic");

        assertThat(next(subnet, nic)).isEqualTo("10.0.0.4");
        cloud.jdbc().update("DELETE FROM address WHERE ip = '10.0.0.4'");
        assertThat(next(subnet, nic)).isEqualTo("10.0.0.5");
        cloud.jdbc().update("UPDATE address_released SET released_at = now() - interval '2 minutes'");
        assertThat(next(subnet, nic)).isEqualTo("10.0.0.4");
        cloud.jdbc().update("DELETE FROM address WHERE ip = '10.0.0.5'");
        assertThat(next(subnet, nic)).isEqualTo("10.0.0.6");
        assertThat(next(subnet, nic)).isEqualTo("10.0.0.5");
        assertThat(next(subnet, nic)).isNull();
    }

    private @Nullable String next(UUID subnet, UUID nic) {
        return cloud.jdbc()
                .queryForObject(
                        "SELECT host(taken) FROM take_address(?, ?, NULL, 'NIC', NULL)", String.class, subnet, nic);
    }
}
