package dev.yado.network.linux;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.network.Difference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Switches of the kernel below /proc/sys/net, which are of the namespace of who opens them. */
final class Settings {
    private static final Path ROOT = Path.of("/proc/sys/net");

    /** Links are silent unless they are made to speak: no address of their own, no advertisement is believed. */
    private static final Map<String, String> SILENT = Map.of(
            "ipv6/conf/default/disable_ipv6", "1",
            "ipv6/conf/default/accept_ra", "0",
            "ipv6/conf/default/accept_dad", "0",
            "ipv4/conf/default/rp_filter", "0",
            "ipv4/conf/all/rp_filter", "0");

    private Settings() {}

    /** Of every namespace, before a link is made in it. */
    static Map<String, String> beforeLinks() {
        return SILENT;
    }

    /** Of a network's: nothing is routed, and bridged packets pass the inet hooks but not those for ARP. */
    static Map<String, String> ofNetwork() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("ipv4/ip_forward", "0");
        settings.put("ipv6/conf/all/forwarding", "0");
        settings.put("bridge/bridge-nf-call-iptables", "1");
        settings.put("bridge/bridge-nf-call-ip6tables", "1");
        settings.put("bridge/bridge-nf-call-arptables", "0");
        settings.putAll(speaking(Links.BRIDGE));
        return settings;
    }

    /** A link with IPv6, whose addresses are only those it is given and hold at once. */
    static Map<String, String> speaking(String link) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("ipv6/conf/" + link + "/addr_gen_mode", "1");
        settings.put("ipv6/conf/" + link + "/accept_ra", "0");
        settings.put("ipv6/conf/" + link + "/accept_dad", "0");
        // Last: from then on it has addresses.
        settings.put("ipv6/conf/" + link + "/disable_ipv6", "0");
        return settings;
    }

    /** A router's foot: as {@link #speaking}, and with a link-local address, without which the kernel asks for no IPv6 neighbour. */
    static Map<String, String> routing(String link) {
        Map<String, String> settings = new LinkedHashMap<>(speaking(link));
        settings.put("ipv6/conf/" + link + "/addr_gen_mode", "0");
        return settings;
    }

    static List<Difference> differences(NetworkNamespace namespace, Map<String, String> wanted) throws IOException {
        return namespace.call(() -> {
            List<Difference> found = new ArrayList<>();
            for (var setting : wanted.entrySet()) {
                String now = read(setting.getKey());
                if (!now.equals(setting.getValue())) {
                    found.add(Difference.changed("the setting net/" + setting.getKey() + ", which was " + now + ", not "
                            + setting.getValue()));
                }
            }
            return found;
        });
    }

    /** Writes them where one differs. */
    static List<Difference> apply(NetworkNamespace namespace, Map<String, String> wanted) throws IOException {
        List<Difference> differences = differences(namespace, wanted);
        if (!differences.isEmpty()) {
            namespace.call(() -> {
                for (var setting : wanted.entrySet()) {
                    if (!read(setting.getKey()).equals(setting.getValue())) {
                        Files.writeString(ROOT.resolve(setting.getKey()), setting.getValue());
                    }
                }
                return true;
            });
        }
        return differences;
    }

    private static String read(String name) throws IOException {
        try {
            return Files.readString(ROOT.resolve(name)).strip();
        } catch (NoSuchFileException e) {
            if (name.startsWith("bridge/")) {
                throw new IOException(
                        "the kernel does not filter bridged packets: load its module br_netfilter (modprobe br_netfilter)",
                        e);
            }
            throw new IOException("the kernel has no setting net/" + name, e);
        }
    }
}
