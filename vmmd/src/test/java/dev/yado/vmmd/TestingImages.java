package dev.yado.vmmd;

import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.ImageRef;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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

    ImageRef add(byte[] content) {
        try {
            String sha256 = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(content));
            ImageRef image = new ImageRef(ImageId.random(), ImageFormat.RAW, sha256, content.length, content.length);
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
