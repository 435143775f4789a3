package dev.yado.scheduler;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Architecture;

/**
 * What a VM needs of a host.
 *
 * @param architecture that of its images
 */
public record PlacementRequest(
        HostSnapshot.Resources needed, Architecture architecture, AcceleratorChoice accelerator) {}
