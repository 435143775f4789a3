package dev.yado.kernel;

import dev.yado.protocol.Mebibytes;

/** @param available what new work can have without swapping, by the kernel's own estimate */
public record HostMemory(Mebibytes total, Mebibytes available) {}
