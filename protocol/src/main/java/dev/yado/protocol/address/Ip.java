package dev.yado.protocol.address;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An IPv4 or IPv6 address, without a scope; written in its canonical text. IPv4 sorts before IPv6. */
public final class Ip implements Comparable<Ip> {
    private final byte[] bytes;

    private Ip(byte[] bytes) {
        this.bytes = bytes;
    }

    /** @throws IllegalArgumentException with a sentence that names the text; nothing is ever looked up */
    @JsonCreator
    public static Ip parse(String text) {
        if (!text.matches("[0-9a-fA-F:.]{2,45}") || text.indexOf(':') < 0 && !text.matches("\\d+(\\.\\d+){3}")) {
            throw new IllegalArgumentException("not an IPv4 or IPv6 address: " + text);
        }
        try {
            return new Ip(InetAddress.ofLiteral(text).getAddress());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not an IPv4 or IPv6 address: " + text, e);
        }
    }

    /** @param bytes 4 or 16, most significant first */
    public static Ip of(byte[] bytes) {
        if (bytes.length != 4 && bytes.length != 16) {
            throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length);
        }
        return new Ip(bytes.clone());
    }

    public byte[] bytes() {
        return bytes.clone();
    }

    public boolean v6() {
        return bytes.length == 16;
    }

    /** 32 or 128. */
    public int bits() {
        return bytes.length * Byte.SIZE;
    }

    /** The address as far after this one as {@code distance} says. Throws {@link ArithmeticException} past the end of the family. */
    public Ip plus(BigInteger distance) {
        BigInteger sum = number().add(distance);
        if (sum.signum() < 0 || sum.bitLength() > bits()) {
            throw new ArithmeticException(this + " + " + distance + " is no address");
        }
        byte[] raw = sum.toByteArray();
        byte[] wide = new byte[bytes.length];
        int length = Math.min(raw.length, wide.length);
        System.arraycopy(raw, raw.length - length, wide, wide.length - length, length);
        return new Ip(wide);
    }

    public Ip plus(long distance) {
        return plus(BigInteger.valueOf(distance));
    }

    BigInteger number() {
        return new BigInteger(1, bytes);
    }

    public InetAddress inet() {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public int compareTo(Ip other) {
        return bytes.length == other.bytes.length
                ? Arrays.compareUnsigned(bytes, other.bytes)
                : Integer.compare(bytes.length, other.bytes.length);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Ip that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Lower case, the longest run of zero groups of IPv6 shortened (RFC 5952). */
    @JsonValue
    @Override
    public String toString() {
        return v6() ? Ipv6Text.of(bytes) : inet().getHostAddress();
    }
}
