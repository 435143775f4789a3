package dev.yado.vm;

import dev.yado.network.NetworkNeeds;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.Mebibytes;
import dev.yado.tenant.Quota;

/**
 * What a VM takes of a host.
 *
 * @param architecture that of its images
 * @param networks what the networks of its cards need
 */
public record VmNeeds(
        int vcpus,
        Mebibytes memory,
        Mebibytes disk,
        Architecture architecture,
        AcceleratorChoice accelerator,
        NetworkNeeds networks) {

    /** What it takes of its tenant's quota. */
    Quota.Amounts ofQuota() {
        return new Quota.Amounts(1, vcpus, memory.value(), disk.value());
    }
}
