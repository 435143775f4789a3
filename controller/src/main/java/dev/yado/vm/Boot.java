package dev.yado.vm;

import dev.yado.protocol.ImageId;
import org.jspecify.annotations.Nullable;

/** A kernel that is booted directly. */
public record Boot(ImageId kernel, @Nullable ImageId initrd, String cmdline) {}
