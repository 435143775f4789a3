package dev.yado.network.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Subnet;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DnsmasqFilesTest {
    private static DnsmasqFiles files(HostNetwork network) {
        return DnsmasqFiles.of(network, Path.of("/d"), "nobody", "br0");
    }

    private static String table(HostNetwork network, String name) {
        return Objects.requireNonNull(files(network).tables().get(name));
    }

    @Test
    void lendsEachPortItsOwnAddresses() {
        assertThat(table(Shop.network(Shop.port("web", 5)), "leases"))
                .isEqualTo("52:54:00:00:00:05,10.0.0.5,[fd00:1::5],web\n");
    }

    @Test
    void tellsTheWayToMetadataFirstThenRoutesThenTheGateway() {
        assertThat(table(Shop.network(), "options"))
                .contains(
                        "tag:s0,option:classless-static-route,169.254.169.254/32,10.0.0.2,10.9.0.0/16,10.0.0.7,0.0.0.0/0,10.0.0.1\n")
                .contains("tag:s0,option:router,10.0.0.1\n")
                .contains("tag:s0,option:dns-server,10.0.0.2,192.0.2.53\n")
                .contains("tag:s1,option6:dns-server,[fd00:1::2]\n")
                .contains("option:mtu,1450\n");
    }

    @Test
    void namesNoGatewayWhereThereIsNone() {
        Subnet closed = new Subnet(Cidr.parse("10.1.0.0/20"), Ip.parse("10.1.0.2"), null, true, List.of(), List.of());
        Subnet six = new Subnet(Cidr.parse("fd00:2::/64"), Ip.parse("fd00:2::2"), null, true, List.of(), List.of());
        HostNetwork network = Shop.network("Shop", List.of(closed, six));

        assertThat(table(network, "options")).contains("tag:s0,option:router\n").doesNotContain("0.0.0.0/0");
        assertThat(files(network).configuration())
                .contains("dhcp-range=set:s0,10.1.0.0,static,255.255.240.0,24h\n")
                .contains("dhcp-range=set:s1,fd00:2::,static,64,24h\n")
                .contains("ra-param=br0,mtu:1450,0,0\n");
    }

    @Test
    void servesNoLeasesInASubnetWithoutDhcp() {
        Subnet quiet = new Subnet(Cidr.parse("10.0.0.0/24"), Ip.parse("10.0.0.2"), null, false, List.of(), List.of());
        HostNetwork network = Shop.network("Shop", List.of(quiet), Shop.port("web", 5));

        assertThat(files(network).configuration()).doesNotContain("dhcp-range").doesNotContain("enable-ra");
        assertThat(table(network, "leases")).isEmpty();
        assertThat(table(network, "names")).contains("10.0.0.5 web.shop.internal web\n");
    }

    @Test
    void tellsGuestsWhomElseToAskAndAsksNobodyItself() {
        List<Ip> world = List.of(Ip.parse("192.0.2.53"), Ip.parse("2001:db8::53"));
        Subnet four = new Subnet(Cidr.parse("10.0.0.0/24"), Ip.parse("10.0.0.2"), null, true, world, List.of());
        Subnet six = new Subnet(Cidr.parse("fd00:1::/64"), Ip.parse("fd00:1::2"), null, true, world, List.of());
        HostNetwork network = Shop.network("Shop", List.of(four, six));

        assertThat(table(network, "options"))
                .contains("tag:s0,option:dns-server,10.0.0.2,192.0.2.53\n")
                .contains("tag:s1,option6:dns-server,[fd00:1::2],[2001:db8::53]\n");
        assertThat(files(network).configuration()).contains("no-resolv\n").doesNotContain("server");
        assertThat(files(network).tables()).doesNotContainKey("servers");
    }

    @Test
    void noNameIsMoreThanAName() {
        Port evil = Shop.port("x\nserver=/#/10.6.6.6", 5);
        Port comma = Shop.port("a,b", 6);
        HostNetwork network = Shop.network("Evil\nuser=root/..", evil, comma);

        assertThat(files(network).configuration())
                .contains("domain=evil-user-root.internal\n")
                .doesNotContain("user=root");
        assertThat(files(network).tables().values())
                .allSatisfy(text -> assertThat(text).doesNotContain("10.6.6.6").doesNotContain("a,b"));
        assertThat(table(network, "leases")).contains("52:54:00:00:00:05,10.0.0.5,[fd00:1::5]\n");
    }

    @Test
    void theMarkIsAnotherAfterEachChange() {
        String before = files(Shop.network(Shop.port("web", 5))).mark();
        assertThat(files(Shop.network(Shop.port("web", 5))).mark()).isEqualTo(before);
        assertThat(files(Shop.network(Shop.port("web", 6))).mark()).isNotEqualTo(before);
        assertThat(table(Shop.network(Shop.port("web", 5)), "names")).contains("10.0.0.2 " + before + "\n");
    }

    @Test
    void thereIsNothingToServeWithoutASubnet() {
        assertThat(files(Shop.network("Shop", List.of())).markAt()).isEmpty();
    }
}
