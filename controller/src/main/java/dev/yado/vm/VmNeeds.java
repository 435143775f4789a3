package dev.yado.vm;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.Mebibytes;

/** What a VM takes of a host. @param architecture that of its images */
public record VmNeeds(
        int vcpus, Mebibytes memory, Mebibytes disk, Architecture architecture, AcceleratorChoice accelerator) {}
