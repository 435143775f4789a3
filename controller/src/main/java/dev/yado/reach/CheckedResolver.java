package dev.yado.reach;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves a name once and gives the allowed ones of its addresses, to which the connection then goes: a name that changes its mind in
 * between gains nothing.
 */
public record CheckedResolver(Reach reach) implements DnsResolver {
    /** The name has addresses, and none that may be connected to. */
    public static final class RefusedAddress extends UnknownHostException {
        private static final long serialVersionUID = 1L;

        RefusedAddress(String host) {
            super("no address of " + host + " is allowed");
        }
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] allowed = Arrays.stream(InetAddress.getAllByName(host))
                .filter(reach::allows)
                .toArray(InetAddress[]::new);
        if (allowed.length == 0) {
            throw new RefusedAddress(host);
        }
        return allowed;
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }
}
