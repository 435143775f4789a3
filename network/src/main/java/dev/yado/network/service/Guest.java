package dev.yado.network.service;

import dev.yado.protocol.GuestSetup;
import dev.yado.protocol.NicSpec;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** What a guest may know of itself. @param name of the VM, for people */
public record Guest(VmId id, TenantId tenant, String name, GuestSetup setup, List<NicSpec> nics) {
    public Guest {
        nics = List.copyOf(nics);
    }

    /** As it was given, byte by byte, whatever it is. */
    Optional<byte[]> userData() {
        return Optional.ofNullable(setup.userData()).map(Base64.getDecoder()::decode);
    }
}
