package dev.yado.storage;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.image.ImageHeader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** Writes the content of an image into a new file, leaves holes where it is zero, and checks that it is what was promised. */
final class ImageWriter implements Closeable {
    /** The unit of holes. */
    private static final int PIECE = 64 << 10;

    private static final byte[] ZEROS = new byte[PIECE];

    private final Path part;
    private final ImageRef image;
    private final FileChannel out;
    private final MessageDigest digest;

    ImageWriter(Path part, ImageRef image) throws IOException {
        this.part = part;
        this.image = image;
        this.digest = sha256();
        this.out = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    void append(byte[] bytes, int length) throws IOException {
        digest.update(bytes, 0, length);
        for (int at = 0; at < length; ) {
            int piece = (int) Math.min(length - at, PIECE - out.position() % PIECE);
            if (Arrays.equals(bytes, at, at + piece, ZEROS, 0, piece)) {
                out.position(out.position() + piece);
            } else {
                write(ByteBuffer.wrap(bytes, at, piece));
            }
            at += piece;
        }
    }

    /**
     * The file is read-only afterwards.
     *
     * @throws YadoException {@link ErrorCode#IMAGE_UNAVAILABLE} when length, digest, format or virtual size are not as promised
     */
    void finish() throws IOException {
        long length = out.position();
        if (length != image.bytes()) {
            throw broken("the source gave " + length + " of " + image.bytes() + " bytes");
        }
        String actual = HexFormat.of().formatHex(digest.digest());
        if (!actual.equals(image.sha256())) {
            throw broken("its content has the sha256 " + actual + " instead of " + image.sha256());
        }
        if (out.size() < length) {
            out.position(length - 1);
            write(ByteBuffer.allocate(1));
        }
        checkHeader();
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("r--r--r--"));
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    /** The digest says that the controller named these bytes; what they are is looked at again on the host that opens them. */
    private void checkHeader() throws IOException {
        byte[] head;
        try (InputStream in = Files.newInputStream(part)) {
            head = in.readNBytes(ImageHeader.HEAD_BYTES);
        }
        ImageHeader header;
        try {
            header = ImageHeader.check(image.format(), head, image.bytes());
        } catch (YadoException e) {
            throw broken("it is no usable image: " + e.getMessage());
        }
        if (header.virtualSize() != image.virtualSize()) {
            throw broken("its virtual size is " + header.virtualSize() + " bytes instead of " + image.virtualSize());
        }
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    private YadoException broken(String why) {
        return new YadoException(
                ErrorCode.IMAGE_UNAVAILABLE, "The host could not fetch image " + image.id() + ": " + why + ".");
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
