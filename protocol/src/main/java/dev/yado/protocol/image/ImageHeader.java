package dev.yado.protocol.image;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.YadoException;

/**
 * What an image is, by its own first bytes.
 *
 * @param virtualSize bytes that a guest sees; for raw the length of the content
 */
public record ImageHeader(ImageFormat format, long virtualSize) {
    /** How much of an image's beginning {@link #check} wants; a shorter image is given whole. */
    public static final int HEAD_BYTES = 64 << 10;

    /** Larger disks are taken for an attempt to make a host allocate absurd tables. */
    public static final long MAX_VIRTUAL_SIZE = 64L << 40;

    /**
     * Checks that an image is what its owner says and stands alone. An image that claims to be raw but begins like another
     * format is refused: a hypervisor that probes would follow the file names inside.
     *
     * @param head the first {@link #HEAD_BYTES}, or the whole of a shorter image
     * @param length of the whole image
     * @throws YadoException {@link ErrorCode#IMAGE_INVALID}, with a sentence that names what is wrong
     * @throws IllegalArgumentException when {@code head} is shorter than asked
     */
    public static ImageHeader check(ImageFormat declared, byte[] head, long length) {
        if (length < 0 || head.length < Math.min(HEAD_BYTES, length)) {
            throw new IllegalArgumentException(
                    "head of " + head.length + " bytes is too short for " + length + " bytes");
        }
        if (length == 0) {
            throw invalid("The image is empty.");
        }
        return switch (declared) {
            case RAW -> raw(head, length);
            case QCOW2 -> qcow2(head, length);
        };
    }

    private static ImageHeader raw(byte[] head, long length) {
        if (Qcow2Header.hasMagic(head)) {
            throw invalid("The image is declared raw but its content begins as qcow2; declare it as qcow2.");
        }
        ForeignFormat.of(head).ifPresent(foreign -> {
            throw invalid("The image is declared raw but its content begins as " + foreign.title()
                    + "; convert it first: qemu-img convert -f " + foreign.qemuName() + " -O qcow2 IN OUT.");
        });
        if (length > MAX_VIRTUAL_SIZE) {
            throw invalid("The image has " + length + " bytes, the limit is " + MAX_VIRTUAL_SIZE + ".");
        }
        return new ImageHeader(ImageFormat.RAW, length);
    }

    private static ImageHeader qcow2(byte[] head, long length) {
        Qcow2Header header = Qcow2Header.parse(head, length);
        if (header.backingFile() != null) {
            throw invalid(
                    "The qcow2 image refers to a backing file; flatten it first: qemu-img convert -O qcow2 IN OUT.");
        }
        if (header.dirty()) {
            throw invalid("The qcow2 image was not closed cleanly; close it or run: qemu-img check -r all IMAGE.");
        }
        return new ImageHeader(ImageFormat.QCOW2, header.virtualSize());
    }

    static YadoException invalid(String detail) {
        return new YadoException(ErrorCode.IMAGE_INVALID, detail);
    }
}
