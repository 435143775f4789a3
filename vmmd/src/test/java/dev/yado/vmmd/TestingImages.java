package dev.yado.vmmd;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.image.ImageHeader;
import dev.yado.protocol.image.Qcow2Header;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Images by what they are; a {@link TestingController} hands them out. */
final class TestingImages {
    /** SeaBIOS boots no disk smaller than this. */
    private static final int SMALLEST_DISK = 1 << 20;

    private final Map<ImageId, byte[]> contents = new ConcurrentHashMap<>();

    /** The guest of {@code obedient-guest.s}. */
    ImageRef obedientGuest() {
        try (InputStream hex = TestingImages.class.getResourceAsStream("obedient-guest.hex")) {
            String digits = new String(hex.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("\\s", "");
            return add(Arrays.copyOf(HexFormat.of().parseHex(digits), SMALLEST_DISK));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The witness guest's initrd, with the guest agent in it. */
    ImageRef initrdWithAgent() throws IOException {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(file("initrd.img"));
        both.writeBytes(file("agent.img"));
        return add(both.toByteArray());
    }

    private static byte[] file(String name) throws IOException {
        String directory = System.getenv("YADO_GUEST_DIR");
        assumeTrue(directory != null, "needs YADO_GUEST_DIR, the directory that guest/build filled");
        return Files.readAllBytes(Path.of(directory, name));
    }

    /** A file of the witness guest, as {@code guest/build} made it; how large a disk is depends on the packages of the day. */
    ImageRef witness(String file, ImageFormat format) throws IOException {
        byte[] content = file(file);
        long virtualSize = format == ImageFormat.QCOW2
                ? Qcow2Header.parse(Arrays.copyOf(content, ImageHeader.HEAD_BYTES), content.length)
                        .virtualSize()
                : content.length;
        return add(content, format, virtualSize);
    }

    ImageRef add(byte[] content) {
        return add(content, ImageFormat.RAW, content.length);
    }

    private ImageRef add(byte[] content, ImageFormat format, long virtualSize) {
        try {
            String sha256 = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(content));
            ImageRef image = new ImageRef(ImageId.random(), format, sha256, content.length, virtualSize);
            contents.put(image.id(), content);
            return image;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    byte[] content(ImageId id) {
        return contents.getOrDefault(id, new byte[0]);
    }
}
