package dev.yado.protocol;

/**
 * An image's content, as a host needs it to fetch and check it.
 *
 * @param sha256 64 lower-case hexadecimal digits over the content
 * @param bytes length of the content
 * @param virtualSize bytes that a guest sees; equal to {@code bytes} for raw
 */
public record ImageRef(ImageId id, ImageFormat format, String sha256, long bytes, long virtualSize) {}
