import dev.yado.YadoController;
import dev.yado.network.Drawing;
import dev.yado.network.HostNetworks;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;

/** The whole controller with its own PostgreSQL. Networks are written as rows, ten ports each, over 200 hosts that are away. */
class Scale {
    private static final int[] NETWORKS = {1_000, 10_000};
    private static final int PORTS = 10;
    private static final int HOSTS = 200;
    private static final int TENANTS = 100;
    private static final int ROUNDS = 300;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final ConfigurableApplicationContext context;
    private final JdbcTemplate jdbc;
    private final HostNetworks hosts;
    private final String token;

    private Scale(ConfigurableApplicationContext context) throws IOException {
        this.context = context;
        this.jdbc = context.getBean(JdbcTemplate.class);
        this.hosts = context.getBean(HostNetworks.class);
        this.token = Files.readString(Path.of(System.getProperty("bench.work"), "state", "admin-token"))
                .strip();
    }

    public static void main(String[] arguments) throws Exception {
        String work = System.getProperty("bench.work");
        ConfigurableApplicationContext context = new SpringApplicationBuilder(YadoController.class)
                .run(
                        "--yado.state=" + work + "/state",
                        "--server.port=0",
                        "--yado.internal.port=0",
                        "--yado.api.requests-per-second=1000000",
                        "--yado.api.burst=1000000",
                        "--logging.file.name=" + work + "/log",
                        "--logging.threshold.console=OFF");
        try {
            Scale scale = new Scale(context);
            scale.hosts();
            int made = 0;
            for (int networks : NETWORKS) {
                say("writing " + networks + " networks");
                scale.write(made, networks);
                made = networks;
                scale.measure(networks);
            }
        } finally {
            context.close();
        }
    }

    private void hosts() {
        jdbc.update("""
                INSERT INTO host (id, name, url, boot_id, incarnation, sequence, cpus, memory_mib, disk_mib, disk_free_mib, architecture,
                    accelerator, self_test, qemu_version, agent_version, last_report_at, lease_until, network)
                SELECT gen_random_uuid(), 'bench-' || i, 'https://127.0.0.1:1', 'boot', 1, 1, 1024, 4194304, 4194304, 4194304, 'X86_64', 'TCG',
                    '{"verdict":"UNAVAILABLE","detail":"bench","measured":1,"timings":{}}', '7', '1', now() - interval '1 hour',
                    now() - interval '1 hour', jsonb_build_object('driver', 'linux', 'tunnelEndpoint', '192.0.2.' || i,
                        'underlayMtu', 1500, 'providers', '[]'::jsonb)
                FROM generate_series(1, ?) i
                """, HOSTS);
        jdbc.update(
                "INSERT INTO tenant (id, name) SELECT gen_random_uuid(), 'bench-' || i FROM generate_series(1, ?) i", TENANTS);
        jdbc.execute("CREATE TABLE bench_host AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM host");
        jdbc.execute("CREATE TABLE bench_tenant AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM tenant");
    }

    /** As the API would leave them, by few statements and without telling anybody. */
    private void write(int from, int to) {
        for (String table : List.of("network", "subnet", "address", "nic", "nic_security_group", "allocation", "vm")) {
            jdbc.execute("ALTER TABLE " + table + " DISABLE TRIGGER USER");
        }
        jdbc.update("""
                INSERT INTO network (id, tenant_id, name, vni, mtu)
                SELECT gen_random_uuid(), t.id, 'bench-' || i, next_vni(), 1450 FROM generate_series(?, ?) i
                    JOIN bench_tenant t ON t.place = i % ?
                """, from, to - 1, TENANTS);
        jdbc.update("""
                INSERT INTO subnet (id, network_id, network_number, cidr, gateway, service, dhcp, next_address)
                SELECT gen_random_uuid(), id, number, '10.0.0.0/16', '10.0.0.1', '10.0.0.2', true, '10.0.0.13' FROM network n
                WHERE NOT EXISTS (SELECT FROM subnet s WHERE s.network_id = n.id)
                """);
        jdbc.execute("""
                CREATE TABLE bench_port AS SELECT gen_random_uuid() AS vm, gen_random_uuid() AS nic, n.id AS network, n.number, n.tenant_id,
                    s.id AS subnet, p AS port FROM network n JOIN subnet s ON s.network_id = n.id, generate_series(1, %d) p
                WHERE NOT EXISTS (SELECT FROM nic WHERE network_id = n.id)
                """.formatted(PORTS));
        jdbc.execute("""
                INSERT INTO vm (id, tenant_id, name, desired_state, generation, run_epoch, vcpus, memory_mib, accelerator_choice, nics, has_setup)
                SELECT vm, tenant_id, 'vm-' || vm, 'STOPPED', 1, 0, 1, 64, 'AUTO', 1, true FROM bench_port
                """);
        jdbc.execute("INSERT INTO vm_setup (vm_id, hostname) SELECT vm, 'vm-' || port FROM bench_port");
        jdbc.execute("""
                INSERT INTO allocation (vm_id, host_id, vcpus, memory_mib, disk_mib)
                SELECT vm, h.id, 1, 64, 0 FROM bench_port p JOIN bench_host h ON h.place = (p.number * 7 + p.port) %% %d
                """.formatted(HOSTS));
        jdbc.execute("""
                INSERT INTO nic (id, tenant_id, network_id, vm_id, mac) SELECT nic, tenant_id, network, vm, next_mac(network) FROM bench_port
                """);
        jdbc.execute("""
                INSERT INTO address (network_id, ip, subnet_id, cidr, use, nic_id, tenant_id)
                SELECT network, '10.0.0.2'::inet + port, subnet, '10.0.0.0/16', 'NIC', nic, tenant_id FROM bench_port
                """);
        jdbc.execute("""
                INSERT INTO nic_security_group (nic_id, group_id, tenant_id, network_id)
                SELECT nic, g.id, p.tenant_id, network FROM bench_port p JOIN security_group g ON g.tenant_id = p.tenant_id AND g.is_default
                """);
        jdbc.execute("DROP TABLE bench_port");
        for (String table : List.of("network", "subnet", "address", "nic", "nic_security_group", "allocation", "vm")) {
            jdbc.execute("ALTER TABLE " + table + " ENABLE TRIGGER USER");
        }
        jdbc.execute("ANALYZE");
    }

    private void measure(int networks) throws Exception {
        String size = " of " + networks + " networks, " + networks * PORTS + " ports";
        List<UUID> ids = jdbc.queryForList("SELECT id FROM network ORDER BY id", UUID.class);
        UUID middle = ids.get(ids.size() / 2);
        for (int i = 0; i < ROUNDS; i++) {
            page("/v1/networks?limit=100");
        }
        figure("page of 100 networks, a whole walk" + size, walk("/v1/networks?limit=100", networks / 100), "ms/page");
        figure("page of 100 cards" + size, median(times(ROUNDS / 3, _ -> page("/v1/nics?limit=100"))), "ms");
        figure("one network" + size, median(times(ROUNDS, i -> page("/v1/networks/" + at(ids, i)))), "ms");
        figure("drawing one network" + size, median(times(ROUNDS, i -> draw(at(ids, i)))), "ms");
        UUID subnet = jdbc.queryForObject("SELECT id FROM subnet WHERE network_id = ?", UUID.class, middle);
        UUID nic = jdbc.queryForObject("SELECT id FROM nic WHERE network_id = ? LIMIT 1", UUID.class, middle);
        figure(
                "next address" + size,
                median(times(
                        ROUNDS,
                        _ -> jdbc.queryForObject(
                                "SELECT outcome FROM take_address(?, ?, NULL, 'NIC', NULL)", String.class, subnet, nic))),
                "ms");
        long began = System.nanoTime();
        jdbc.query("SELECT sync_later(array_agg(id), 'NETWORK') FROM network", _ -> {});
        while (!jdbc.queryForList("SELECT 1 FROM network_sync LIMIT 1").isEmpty()) {
            Thread.sleep(20);
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        figure("apply plan of all" + size + ": drawn and judged for every host", seconds * 1000 / networks, "ms/network");
    }

    private static UUID at(List<UUID> ids, int round) {
        return ids.get((int) ((long) round * 7919 % ids.size()));
    }

    private Object draw(UUID id) {
        Drawing drawing = hosts.draw(new NetworkId(id)).orElseThrow();
        HostId host = drawing.hosts().iterator().next();
        return drawing.at(host);
    }

    private double walk(String path, int pages) throws Exception {
        long began = System.nanoTime();
        String cursor = null;
        int count = 0;
        do {
            String body = page(path + (cursor == null ? "" : "&cursor=" + cursor));
            int at = body.indexOf("\"nextCursor\":\"");
            cursor = at < 0 ? null : body.substring(at + 14, body.indexOf('"', at + 14));
            count++;
        } while (cursor != null);
        if (count < pages) {
            throw new IllegalStateException(count + " pages, not " + pages);
        }
        return (System.nanoTime() - began) / 1e6 / count;
    }

    private String page(String path) {
        try {
            HttpResponse<String> answer = HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                    + context.getEnvironment().getProperty("local.server.port") + path))
                            .header("Authorization", "Bearer " + token)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(path + ": " + answer.statusCode() + " " + answer.body());
            }
            return answer.body();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Work {
        Object run(int round);
    }

    private static List<Double> times(int rounds, Work work) {
        for (int i = 0; i < rounds / 3; i++) {
            work.run(i);
        }
        List<Double> times = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            long began = System.nanoTime();
            work.run(i);
            times.add((System.nanoTime() - began) / 1e6);
        }
        return times;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static void figure(String name, double value, String unit) {
        System.out.printf(Locale.ROOT, "{\"name\": \"%s\", \"value\": %.2f, \"unit\": \"%s\"}%n", name, value, unit);
    }

    private static void say(String text) {
        System.err.println(text);
    }
}
