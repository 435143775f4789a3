package dev.yado.reach;

import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the controller may connect to for a caller, who named the address. It stands inside the provider's network: a tenant must not
 * use it to look around there.
 */
public sealed interface Reach {
    boolean allows(InetAddress address);

    /** For what the administrator imports for all tenants. */
    record Everywhere() implements Reach {
        @Override
        public boolean allows(InetAddress address) {
            return true;
        }
    }

    /** @param also networks that the operator has opened */
    record PublicInternet(List<Cidr> also) implements Reach {
        private static final List<Cidr> UNICAST = networks("0.0.0.0/0", "2000::/3");
        /** The special-purpose registries of IANA for both families, and what tunnels IPv4 inside IPv6. */
        private static final List<Cidr> SPECIAL = networks(
                "0.0.0.0/8",
                "10.0.0.0/8",
                "100.64.0.0/10",
                "127.0.0.0/8",
                "169.254.0.0/16",
                "172.16.0.0/12",
                "192.0.0.0/24",
                "192.0.2.0/24",
                "192.88.99.0/24",
                "192.168.0.0/16",
                "198.18.0.0/15",
                "198.51.100.0/24",
                "203.0.113.0/24",
                "224.0.0.0/4",
                "240.0.0.0/4",
                "2001::/23",
                "2001:db8::/32",
                "2002::/16",
                "3fff::/20");

        public PublicInternet {
            also = List.copyOf(also);
        }

        @Override
        public boolean allows(InetAddress address) {
            boolean open = UNICAST.stream().anyMatch(network -> network.contains(address))
                    && SPECIAL.stream().noneMatch(network -> network.contains(address));
            return open || also.stream().anyMatch(network -> network.contains(address));
        }

        private static List<Cidr> networks(String... texts) {
            return Stream.of(texts).map(Cidr::parse).toList();
        }
    }
}
