package dev.yado.network.nft;

import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Addresses of one family that lie side by side, both ends included. */
record Span(Ip first, Ip last) {
    static Span of(Cidr cidr) {
        return new Span(cidr.address(), cidr.last());
    }

    boolean contains(Ip address) {
        return address.v6() == first.v6() && first.compareTo(address) <= 0 && address.compareTo(last) <= 0;
    }

    /** What is left of it without the holes, in order. @param holes ranges that are wholly inside */
    List<Span> without(Collection<Cidr> holes) {
        List<Span> left = new ArrayList<>();
        Ip next = first;
        for (Cidr hole : holes.stream()
                .sorted((a, b) -> a.address().compareTo(b.address()))
                .toList()) {
            if (hole.last().compareTo(next) < 0) {
                continue; // inside a hole that came before
            }
            if (next.compareTo(hole.address()) < 0) {
                left.add(new Span(next, hole.address().plus(-1)));
            }
            if (hole.last().equals(last)) {
                return left;
            }
            next = hole.last().plus(BigInteger.ONE);
        }
        left.add(new Span(next, last));
        return left;
    }

    @Override
    public String toString() {
        return Listing.range(first, last);
    }
}
