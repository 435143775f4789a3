package dev.yado.host;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which guests could go where, as far as processors are concerned.
 *
 * @param guests by what they are pinned to; only those that could not go to some host
 */
record CpuCompat(List<Baseline> baselines, List<Host> hosts, List<Guests> guests) {
    CpuCompat {
        baselines = List.copyOf(baselines);
        hosts = List.copyOf(hosts);
        guests = List.copyOf(guests);
    }

    /**
     * @param model that new VMs are pinned to; null: hosts have none in common, so they are pinned to none and move between alike only
     * @param setAt by an administrator; null: computed
     * @param computed the best that all hosts have
     * @param keptLowBy hosts without which it would be better, with what it would be then
     * @param lacking hosts that do not have the model that is set
     */
    record Baseline(
            Architecture architecture,
            Accelerator accelerator,
            @Nullable String model,
            @Nullable Instant setAt,
            @Nullable String computed,
            List<KeptLow> keptLowBy,
            List<Named> lacking) {}

    record Named(HostId id, String name) {}

    /** @param otherwise the best model without this host */
    record KeptLow(HostId id, String name, @Nullable String best, String otherwise) {}

    /**
     * @param models by accelerator, the best last
     * @param notCounted why it has no say in the baseline; null: it has
     */
    record Host(
            HostId id,
            String name,
            Architecture architecture,
            String cpu,
            Map<Accelerator, List<String>> models,
            @Nullable String notCounted) {}

    /**
     * @param model null: pinned to none, all that the processor of their host has
     * @param cpu that processor; null for a model
     * @param some of them
     * @param notOn hosts where they could not run
     */
    record Guests(
            Architecture architecture,
            Accelerator accelerator,
            @Nullable String model,
            @Nullable String cpu,
            long count,
            List<Guest> some,
            List<Named> notOn,
            int possibleOn) {}

    record Guest(VmId id, String name, HostId host) {}
}
