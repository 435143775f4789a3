package dev.yado.vmmd.network;

import dev.yado.network.service.Guest;
import dev.yado.network.service.Guests;
import dev.yado.protocol.GuestSetup;
import dev.yado.protocol.NicId;
import dev.yado.protocol.VmSpec;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The guests that are wanted here, each as its newest spec has it. */
public record WantedGuests(Supplier<List<VmSpec>> specs) implements Guests {
    @Override
    public Optional<Guest> of(NicId nic) {
        return specs.get().stream()
                .filter(spec -> spec.nics().stream().anyMatch(card -> card.id().equals(nic)))
                .findFirst()
                .flatMap(WantedGuests::guest);
    }

    /** What the guest may know of itself; empty when it is to be told nothing. */
    public static Optional<Guest> guest(VmSpec spec) {
        GuestSetup setup = spec.setup();
        return setup == null
                ? Optional.empty()
                : Optional.of(new Guest(spec.id(), spec.tenantId(), spec.name(), setup, spec.nics()));
    }
}
