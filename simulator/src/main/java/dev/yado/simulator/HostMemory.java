package dev.yado.simulator;

import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What is on a host's disk and in its kernel. Used under the host's lock. */
final class HostMemory {
    private final Map<VmId, Guest> guests = new LinkedHashMap<>();
    private final Networks networks = new Networks();
    private String bootId = UUID.randomUUID().toString();
    private long incarnation;

    HostMemory(long incarnation) {
        this.incarnation = incarnation;
    }

    @Nullable
    Guest find(VmId vm) {
        return guests.get(vm);
    }

    Guest require(VmId vm) {
        Guest guest = guests.get(vm);
        if (guest == null) {
            throw new IllegalArgumentException("the host holds no VM " + vm);
        }
        return guest;
    }

    void keep(VmId vm, Guest guest) {
        guests.put(vm, guest);
    }

    void forget(VmId vm) {
        guests.remove(vm);
    }

    void wipe() {
        guests.clear();
        networks.wipe();
    }

    Networks networks() {
        return networks;
    }

    /** Of the guests that are wanted here. */
    List<VmSpec> specs() {
        List<VmSpec> specs = new ArrayList<>();
        for (Guest guest : guests.values()) {
            RequestPolicy.Memory memory = guest.memory;
            VmSpec spec = memory == null ? null : memory.spec();
            if (spec != null) {
                specs.add(spec);
            }
        }
        return specs;
    }

    Collection<Guest> guests() {
        return guests.values();
    }

    String bootId() {
        return bootId;
    }

    long incarnation() {
        return incarnation;
    }

    void daemonStarted() {
        incarnation++;
    }

    void kernelStarted() {
        bootId = UUID.randomUUID().toString();
    }
}
