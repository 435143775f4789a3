package dev.yado.protocol;

/** How the bytes of an image are laid out. Kernels and initial ramdisks are {@code RAW}. */
public enum ImageFormat {
    RAW,
    QCOW2
}
