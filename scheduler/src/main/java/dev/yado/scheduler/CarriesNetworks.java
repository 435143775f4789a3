package dev.yado.scheduler;

import dev.yado.protocol.NetworkFacts;
import java.util.Optional;
import java.util.TreeSet;

/** A VM with network cards goes only where all of its networks can be carried. */
record CarriesNetworks() implements Filter {
    @Override
    public String rule() {
        return "networks";
    }

    @Override
    public Optional<Refusal> refuse(HostSnapshot host, PlacementRequest request) {
        PlacementRequest.Networks asked = request.networks();
        if (!asked.any()) {
            return Optional.empty();
        }
        NetworkFacts facts = host.network();
        if (facts == null) {
            return refusal("networks", "none", "carries no networks: its daemon says nothing of them");
        }
        if (facts.problem() != null) {
            return refusal("networks", "none", "can carry no networks: " + facts.problem());
        }
        if (asked.tunnel() && facts.tunnelEndpoint() == null) {
            return refusal(
                    "a tunnel endpoint", "none", "has no address that other hosts could send tunnelled packets to");
        }
        TreeSet<String> missing = new TreeSet<>(asked.providers());
        facts.providers().forEach(missing::remove);
        return missing.isEmpty()
                ? Optional.empty()
                : refusal(
                        "provider " + String.join(", ", missing),
                        facts.providers().isEmpty() ? "none" : String.join(", ", facts.providers()),
                        "has no way to the provider network " + String.join(", ", missing));
    }

    private static Optional<Refusal> refusal(String needed, String available, String detail) {
        return Optional.of(new Refusal(needed, available, detail));
    }
}
