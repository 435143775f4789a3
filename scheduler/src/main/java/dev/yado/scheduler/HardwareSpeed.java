package dev.yado.scheduler;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;

/** A guest that left the choice open belongs where guests run at hardware speed. */
record HardwareSpeed() implements Weight {
    @Override
    public String name() {
        return "hardware-speed";
    }

    /** Outweighs any difference in load. */
    @Override
    public double factor() {
        return 10;
    }

    @Override
    public double score(HostSnapshot host, PlacementRequest request) {
        return request.accelerator() == AcceleratorChoice.AUTO && host.preferred() == Accelerator.KVM ? 1 : 0;
    }
}
