package dev.yado.protocol;

import org.jspecify.annotations.Nullable;

/** Boots a kernel without firmware and boot loader. */
public record DirectBoot(ImageRef kernel, @Nullable ImageRef initrd, String cmdline) {}
