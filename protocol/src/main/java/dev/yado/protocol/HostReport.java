package dev.yado.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a host tells the controller, at once on a change and every 5 s.
 *
 * @param url where the controller reaches this host's agent
 * @param bootId the kernel's boot id: another one means that the host was rebooted
 * @param incarnation grows with every start of the daemon
 * @param sequence grows with every report of one incarnation; the controller drops what is not newer
 * @param full {@code vms} lists every VM that the host holds, else only the changed ones
 * @param disruptions of guests, told again until a report that had them was answered
 * @param options that its daemon was started with; null when it does not say
 */
public record HostReport(
        HostId hostId,
        String name,
        String url,
        String bootId,
        long incarnation,
        long sequence,
        boolean full,
        List<VmReport> vms,
        HostFacts facts,
        List<Disruption> disruptions,
        @Nullable HostOptions options) {
    public HostReport {
        vms = List.copyOf(vms);
        // A daemon that is one version older does not say it.
        disruptions = disruptions == null ? List.of() : List.copyOf(disruptions);
    }

    /** Without disruptions, of a daemon that does not say what it was started with. */
    public HostReport(
            HostId hostId,
            String name,
            String url,
            String bootId,
            long incarnation,
            long sequence,
            boolean full,
            List<VmReport> vms,
            HostFacts facts) {
        this(hostId, name, url, bootId, incarnation, sequence, full, vms, facts, List.of(), null);
    }
}
