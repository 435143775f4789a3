package dev.yado.network.service;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.network.Difference;
import dev.yado.network.ServiceAddresses;
import dev.yado.protocol.NicId;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Two guests, each a namespace of its own at the network's bridge, ask with real sockets. */
class MetadataServiceTest {
    private static final String GET = "GET %s HTTP/1.1\r\nHost: 169.254.169.254\r\n%s\r\n";

    @TempDir
    Path directory;

    private final Port web = Shop.port("web", 5);
    private final Port db = Shop.port("db", 6);
    private final HostNetwork network = Shop.network(web, db);
    private final Map<NicId, Guest> guests = new HashMap<>();
    private ServedNetwork served;
    private MetadataService service;
    private NetworkNamespace webGuest;
    private NetworkNamespace dbGuest;

    record Answer(int status, byte[] body) {
        String text() {
            return new String(body, UTF_8);
        }
    }

    @BeforeEach
    void twoGuests() throws IOException {
        served = new ServedNetwork(directory);
        webGuest = served.guest(web);
        dbGuest = served.guest(db);
        guests.put(web.id(), Shop.guest(web, "#!/bin/sh\necho web\n".getBytes(UTF_8)));
        guests.put(db.id(), Shop.guest(db, null));
        service = new MetadataService(nic -> Optional.ofNullable(guests.get(nic)));
        service.apply(served.ground(), network);
    }

    @AfterEach
    void leavesNothing() throws IOException {
        if (service != null) {
            service.close();
        }
        if (served != null) {
            served.close();
        }
    }

    private static Socket connect(NetworkNamespace guest, InetAddress to) throws IOException {
        return guest.call(() -> {
            Socket socket = new Socket();
            socket.connect(new InetSocketAddress(to, 80), 5000);
            socket.setSoTimeout(15_000);
            return socket;
        });
    }

    private static Answer ask(NetworkNamespace guest, InetAddress to, String request) throws IOException {
        try (Socket socket = connect(guest, to)) {
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            byte[] all = socket.getInputStream().readAllBytes();
            String text = new String(all, ISO_8859_1);
            int end = text.indexOf("\r\n\r\n");
            if (end < 0) {
                return new Answer(0, all);
            }
            return new Answer(Integer.parseInt(text.substring(9, 12)), Arrays.copyOfRange(all, end + 4, all.length));
        }
    }

    private static Answer ask(NetworkNamespace guest, String request) throws IOException {
        return ask(guest, ServiceAddresses.METADATA.inet(), request);
    }

    private static Answer get(NetworkNamespace guest, String path, String... headers) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String header : headers) {
            lines.append(header).append("\r\n");
        }
        return ask(guest, GET.formatted(path, lines));
    }

    @Test
    void tellsEachGuestOfItselfOnly() throws IOException {
        assertThat(get(webGuest, "/latest/meta-data/local-hostname").text()).isEqualTo("web.shop.internal");
        assertThat(get(dbGuest, "/latest/meta-data/local-hostname").text()).isEqualTo("db.shop.internal");
        assertThat(get(webGuest, "/2009-04-04/meta-data/instance-id").text()).isEqualTo(String.valueOf(web.vm()));
        assertThat(get(dbGuest, "/latest/meta-data/local-ipv4").text()).isEqualTo("10.0.0.6");
        assertThat(get(webGuest, "/latest/user-data").text()).isEqualTo("#!/bin/sh\necho web\n");
        assertThat(get(dbGuest, "/latest/user-data").status()).isEqualTo(404);
        assertThat(get(dbGuest, "/openstack/latest/user_data").status()).isEqualTo(404);
    }

    @Test
    void answersOverIpv6ByTheLinkLocalAddress() throws IOException {
        int index = webGuest.call(() -> NetworkInterface.getByName("eth0").getIndex());
        InetAddress service6 = Inet6Address.getByAddress("", ServiceAddresses.LINK_LOCAL.bytes(), index);

        Answer answer = ask(webGuest, service6, GET.formatted("/latest/meta-data/hostname", ""));

        assertThat(answer.text()).isEqualTo("web.shop.internal");
    }

    @Test
    void listsDirectoriesAsCloudInitWalksThem() throws IOException {
        assertThat(get(webGuest, "/latest/meta-data/").text().lines())
                .contains("instance-id", "local-hostname", "public-keys/", "network/", "placement/");
        assertThat(get(webGuest, "/latest/meta-data/public-keys/").text()).isEqualTo("0=key-0");
        assertThat(get(webGuest, "/latest/meta-data/public-keys/0/openssh-key").text())
                .isEqualTo(Shop.KEY);
        assertThat(get(webGuest, "/latest/meta-data/network/interfaces/macs/").text())
                .isEqualTo("52:54:00:00:00:05/");
        assertThat(get(webGuest, "/latest/meta-data/network/interfaces/macs/52:54:00:00:00:05/local-ipv4s")
                        .text())
                .isEqualTo("10.0.0.5");
        assertThat(get(webGuest, "/latest/nothing").status()).isEqualTo(404);
    }

    @Test
    void speaksOpenStack() throws IOException {
        JsonMapper json = JsonMapper.builder().build();
        assertThat(get(webGuest, "/openstack").text().lines()).contains("2018-08-27", "latest");

        JsonNode meta = json.readTree(
                get(webGuest, "/openstack/2018-08-27/meta_data.json").body());
        assertThat(meta.get("hostname").asString()).isEqualTo("web");
        assertThat(meta.get("public_keys").get("key-0").asString()).isEqualTo(Shop.KEY);

        JsonNode wiring = json.readTree(
                get(webGuest, "/openstack/latest/network_data.json").body());
        assertThat(wiring.get("links").get(0).get("ethernet_mac_address").asString())
                .isEqualTo("52:54:00:00:00:05");
        JsonNode four = wiring.get("networks").get(0);
        assertThat(four.get("ip_address").asString()).isEqualTo("10.0.0.5");
        assertThat(four.get("netmask").asString()).isEqualTo("255.255.255.0");
        assertThat(four.get("routes").get(2).get("netmask").asString()).isEqualTo("0.0.0.0");
        assertThat(four.get("routes").get(2).get("gateway").asString()).isEqualTo("10.0.0.1");
        assertThat(wiring.get("networks").get(1).get("ip_address").asString()).isEqualTo("fd00:1::5");
        assertThat(wiring.get("services"))
                .extracting(server -> server.get("address").asString())
                .containsExactly("10.0.0.2", "fd00:1::2", "192.0.2.53");
    }

    @Test
    void passesUserDataByteByByte() throws IOException {
        byte[] random = new byte[1 << 20];
        new Random(7).nextBytes(random);
        for (byte[] data : List.of(
                "#cloud-config\nruncmd: [true]\n".getBytes(UTF_8),
                "#!/bin/sh\r\necho \u00e4\n\n".getBytes(UTF_8),
                "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b--\r\n".getBytes(UTF_8),
                gzip("#cloud-config\n"),
                new byte[] {0},
                random)) {
            guests.put(web.id(), Shop.guest(web, data));
            assertThat(get(webGuest, "/latest/user-data").body()).isEqualTo(data);
            assertThat(get(webGuest, "/openstack/latest/user_data").body()).isEqualTo(data);
        }
    }

    static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }

    @Test
    void refusesWhatAProxyHasPassedOn() throws IOException {
        for (String header : List.of(
                "X-Forwarded-For: 10.0.0.6",
                "x-forwarded-host: a",
                "Forwarded: for=10.0.0.6",
                "Via: 1.1 a",
                "X-Real-IP: 10.0.0.6")) {
            assertThat(get(webGuest, "/latest/meta-data/local-ipv4", header).status())
                    .as(header)
                    .isEqualTo(403);
        }
        String put =
                "PUT /latest/api/token HTTP/1.1\r\nX-aws-ec2-metadata-token-ttl-seconds: 60\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n";
        assertThat(ask(webGuest, put).status()).isEqualTo(403);
    }

    @Test
    void aTokenIsGoodForItsGuestAlone() throws IOException {
        String put =
                "PUT /latest/api/token HTTP/1.1\r\nX-aws-ec2-metadata-token-ttl-seconds: 21600\r\nContent-Length: 0\r\n\r\n";
        String token = ask(webGuest, put).text();

        assertThat(get(webGuest, "/latest/meta-data/local-ipv4", "X-aws-ec2-metadata-token: " + token)
                        .text())
                .isEqualTo("10.0.0.5");
        assertThat(get(dbGuest, "/latest/meta-data/local-ipv4", "X-aws-ec2-metadata-token: " + token)
                        .status())
                .isEqualTo(401);
        assertThat(get(webGuest, "/latest/meta-data/local-ipv4", "X-aws-ec2-metadata-token: AAAA")
                        .status())
                .isEqualTo(401);
        assertThat(ask(webGuest, put.replace("21600", "21601")).status()).isEqualTo(400);
    }

    @Test
    void noPathLeadsElsewhere() throws IOException {
        for (String path : List.of(
                "/latest/../../etc/passwd",
                "/openstack/%2e%2e/%2e%2e/etc/passwd",
                "/latest/meta-data/../../user-data",
                "/latest/meta-data/network/interfaces/macs/52:54:00:00:00:06/mac")) {
            assertThat(get(webGuest, path).status()).as(path).isEqualTo(404);
        }
        assertThat(ask(webGuest, "POST /latest/user-data HTTP/1.1\r\n\r\n").status())
                .isEqualTo(405);
        assertThat(ask(webGuest, "nonsense\r\n\r\n").status()).isEqualTo(400);
        assertThat(ask(webGuest, GET.formatted("/", "a: " + "x".repeat(9000) + "\r\n"))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void hangsUpOnWhomItDoesNotKnow() throws IOException {
        service.apply(served.ground(), Shop.network(web));
        // Closed without a word, or reset when it had sent already.
        try {
            assertThat(get(dbGuest, "/latest/meta-data/").status()).isZero();
        } catch (IOException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
        guests.remove(web.id());
        assertThat(get(webGuest, "/latest/meta-data/").status()).isEqualTo(404);
    }

    @Test
    void aGuestThatFloodsIsSlowedAndOthersAreNot() throws IOException {
        List<Integer> seen = new ArrayList<>();
        for (int i = 0; i < GuestLimits.BURST + 200 && !seen.contains(429); i++) {
            seen.add(get(webGuest, "/latest/meta-data/instance-id").status());
        }
        assertThat(seen).contains(200, 429);
        assertThat(get(dbGuest, "/latest/meta-data/instance-id").status()).isEqualTo(200);
    }

    @Test
    void aGuestThatHoldsConnectionsOpenKeepsOnlyItselfOut() throws IOException {
        List<Socket> idle = new ArrayList<>();
        try {
            for (int i = 0; i < GuestLimits.AT_ONCE; i++) {
                Socket socket = connect(webGuest, ServiceAddresses.METADATA.inet());
                socket.getOutputStream().write("GET /".getBytes(ISO_8859_1));
                idle.add(socket);
            }
            await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
                int status;
                try {
                    status = get(webGuest, "/latest/meta-data/").status();
                } catch (IOException reset) {
                    status = 0;
                }
                assertThat(status).isZero();
            });
            assertThat(get(dbGuest, "/latest/meta-data/").status()).isEqualTo(200);
            for (Socket socket : idle) {
                assertThat(socket.getInputStream().read())
                        .as("hung up on by the service")
                        .isEqualTo(-1);
            }
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
        }
        assertThat(get(webGuest, "/latest/meta-data/").status()).isEqualTo(200);
    }

    @Test
    void isMissedWhereItDoesNotListenAndListensAgain() throws IOException {
        assertThat(service.differences(served.ground(), network)).isEmpty();
        service.close();
        assertThat(service.differences(served.ground(), network))
                .containsExactly(Difference.missing("the metadata service"));

        service.apply(served.ground(), network);

        assertThat(get(webGuest, "/latest/meta-data/instance-id").status()).isEqualTo(200);
    }
}
