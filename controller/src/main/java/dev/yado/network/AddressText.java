package dev.yado.network;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import java.util.List;

/** What callers write as addresses. Whatever is none is refused with {@code INVALID_REQUEST} and the name of its field. */
final class AddressText {
    private static final int IPV4_LONGEST = 29;
    private static final int IPV4_SHORTEST = 8;
    private static final int IPV6_LONGEST = 126;
    private static final int IPV6_SHORTEST = 48;

    /** Ranges that mean something else than guests of a network, whoever writes them. */
    private static final List<Cidr> NOBODYS = List.of(
            Cidr.parse("0.0.0.0/8"),
            Cidr.parse("127.0.0.0/8"),
            Cidr.parse("169.254.0.0/16"),
            Cidr.parse("224.0.0.0/3"),
            Cidr.parse("::/8"),
            Cidr.parse("fe80::/10"),
            Cidr.parse("ff00::/8"));

    private AddressText() {}

    static Ip ip(String field, String text) {
        try {
            return Ip.parse(text);
        } catch (IllegalArgumentException e) {
            throw invalid(field, e);
        }
    }

    static Mac mac(String field, String text) {
        try {
            return new Mac(text);
        } catch (IllegalArgumentException e) {
            throw invalid(field, e);
        }
    }

    static Cidr cidr(String field, String text) {
        try {
            return Cidr.parse(text);
        } catch (IllegalArgumentException e) {
            throw invalid(field, e);
        }
    }

    /** A range that a subnet can be. */
    static Cidr subnet(String field, String text) {
        Cidr cidr = cidr(field, text);
        int shortest = cidr.v6() ? IPV6_SHORTEST : IPV4_SHORTEST;
        int longest = cidr.v6() ? IPV6_LONGEST : IPV4_LONGEST;
        if (cidr.prefix() < shortest || cidr.prefix() > longest) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "%s: a subnet of %s is /%d to /%d, not /%d"
                            .formatted(field, cidr.v6() ? "IPv6" : "IPv4", shortest, longest, cidr.prefix()));
        }
        NOBODYS.stream().filter(cidr::overlaps).findFirst().ifPresent(taken -> {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST, field + ": " + cidr + " lies in " + taken + ", which is no guest's");
        });
        return cidr;
    }

    private static YadoException invalid(String field, IllegalArgumentException cause) {
        return new YadoException(ErrorCode.INVALID_REQUEST, field + ": " + cause.getMessage(), cause);
    }
}
