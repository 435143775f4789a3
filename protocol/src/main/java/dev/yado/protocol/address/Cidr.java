package dev.yado.protocol.address;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigInteger;

/**
 * A range of addresses, as in {@code 10.1.0.0/16} or {@code fd00::/8}.
 *
 * @param address the first of the range: no bit is set after the prefix
 */
public record Cidr(Ip address, int prefix) {
    public Cidr {
        if (prefix < 0 || prefix > address.bits()) {
            throw new IllegalArgumentException(
                    "the prefix of " + address + " is 0 to " + address.bits() + ", not " + prefix);
        }
        if (!cut(address, prefix).equals(address)) {
            throw new IllegalArgumentException(address + "/" + prefix + " has bits after its prefix: the range is "
                    + cut(address, prefix) + "/" + prefix);
        }
    }

    /** @throws IllegalArgumentException with a sentence that names the text and, where it can, what was meant */
    @JsonCreator
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("\\d{1,3}")) {
            throw new IllegalArgumentException("not a range such as 10.1.0.0/16 or fd00::/8: " + text);
        }
        return new Cidr(Ip.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    /** The range of this length that the address lies in. */
    public static Cidr around(Ip address, int prefix) {
        return new Cidr(cut(address, prefix), prefix);
    }

    private static Ip cut(Ip address, int prefix) {
        byte[] bytes = address.bytes();
        for (int bit = prefix; bit < address.bits(); bit++) {
            bytes[bit / Byte.SIZE] &= (byte) ~(0x80 >> bit % Byte.SIZE);
        }
        return Ip.of(bytes);
    }

    public boolean v6() {
        return address.v6();
    }

    public boolean contains(Ip candidate) {
        return candidate.bits() == address.bits() && cut(candidate, prefix).equals(address);
    }

    public boolean overlaps(Cidr other) {
        return contains(other.address) || other.contains(address);
    }

    /** How many addresses it has. */
    public BigInteger size() {
        return BigInteger.ONE.shiftLeft(address.bits() - prefix);
    }

    public Ip last() {
        return address.plus(size().subtract(BigInteger.ONE));
    }

    @JsonValue
    @Override
    public String toString() {
        return address + "/" + prefix;
    }
}
