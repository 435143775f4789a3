package dev.yado.reach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReachTest {
    private final Reach internet = new Reach.PublicInternet(List.of());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.255.255.254",
                "0.0.0.0",
                "10.0.0.1",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
                "192.0.0.1",
                "198.18.0.1",
                "224.0.0.1",
                "239.1.1.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::127.0.0.1",
                "fe80::1",
                "fec0::1",
                "fc00::1",
                "fd12::1",
                "ff02::1",
                "64:ff9b::10.0.0.1",
                "64:ff9b:1::1",
                "2001::1",
                "2001:db8::1",
                "2002:7f00:1::",
                "100::1"
            })
    void aTenantsImportDoesNotReachInside(String address) throws Exception {
        assertThat(internet.allows(InetAddress.getByName(address))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "8.8.8.8",
                "172.15.255.255",
                "172.32.0.1",
                "192.167.1.1",
                "100.63.255.255",
                "100.128.0.1",
                "223.255.255.255",
                "2606:4700:4700::1111",
                "2a00:1450::1",
                "2001:4860:4860::8888"
            })
    void aTenantsImportReachesThePublicInternet(String address) throws Exception {
        assertThat(internet.allows(InetAddress.getByName(address))).isTrue();
    }

    @Test
    void theOperatorOpensANetworkAndNoMore() throws Exception {
        Reach opened = new Reach.PublicInternet(List.of(Cidr.parse("10.1.0.0/17"), Cidr.parse("fd00:1::/32")));

        assertThat(opened.allows(InetAddress.getByName("10.1.127.255"))).isTrue();
        assertThat(opened.allows(InetAddress.getByName("10.1.128.0"))).isFalse();
        assertThat(opened.allows(InetAddress.getByName("fd00:1:2::3"))).isTrue();
        assertThat(opened.allows(InetAddress.getByName("fd00:2::3"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "example.org/8", "10.0.0/x", ""})
    void whatIsNoNetworkIsRefusedByName(String text) {
        assertThatThrownBy(() -> Cidr.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text);
    }
}
