package dev.yado.network.service;

import java.util.Locale;
import java.util.regex.Pattern;

/** Names that DNS, DHCP and guests take, made from what people call things. */
final class Names {
    private static final int LABEL_MAX = 63;
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?");

    private Names() {}

    /** Such as {@code shop-net.internal} for the network "Shop net"; alone in its namespace, so it need not differ from others. */
    static String domain(String network) {
        String label =
                network.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-", "");
        label = label.substring(0, Math.min(label.length(), LABEL_MAX)).replaceAll("-$", "");
        return (label.isEmpty() ? "network" : label) + ".internal";
    }

    /** Whether it can be one label of a name: a line break in it, say, would be another line of a file. */
    static boolean label(String hostname) {
        return LABEL.matcher(hostname).matches();
    }
}
