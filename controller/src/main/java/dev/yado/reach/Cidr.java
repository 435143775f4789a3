package dev.yado.reach;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A network, as in {@code 10.1.0.0/16} or {@code fd00::/8}. */
public record Cidr(byte[] address, int prefix) {

    /** @throws IllegalArgumentException with a sentence that names the text */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        String host = slash < 0 ? "" : text.substring(0, slash);
        if (!host.matches("[0-9a-fA-F:.]+")) {
            throw new IllegalArgumentException("not a network such as 10.1.0.0/16: " + text);
        }
        try {
            byte[] address = InetAddress.getByName(host).getAddress();
            int prefix = Integer.parseInt(text.substring(slash + 1));
            if (prefix < 0 || prefix > address.length * Byte.SIZE) {
                throw new IllegalArgumentException("a prefix that is too long: " + text);
            }
            return new Cidr(address, prefix);
        } catch (UnknownHostException | NumberFormatException e) {
            throw new IllegalArgumentException("not a network such as 10.1.0.0/16: " + text, e);
        }
    }

    public boolean contains(InetAddress candidate) {
        byte[] other = candidate.getAddress();
        if (other.length != address.length) {
            return false;
        }
        for (int bit = 0; bit < prefix; bit++) {
            int mask = 0x80 >> bit % Byte.SIZE;
            if ((address[bit / Byte.SIZE] & mask) != (other[bit / Byte.SIZE] & mask)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Cidr(byte[] that, int length) && prefix == length && Arrays.equals(address, that);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(address) + prefix;
    }
}
