package dev.yado.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.YadoException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** An image store in memory, and images for it. */
final class TestingImages implements ImageSource {
    static final int MIB = 1 << 20;

    private final Map<String, byte[]> contents = new ConcurrentHashMap<>();
    final AtomicInteger opened = new AtomicInteger();

    @Override
    public InputStream open(ImageRef image) throws IOException {
        opened.incrementAndGet();
        byte[] content = contents.get(image.sha256());
        if (content == null) {
            throw new IOException("the controller does not know the image");
        }
        return new ByteArrayInputStream(content);
    }

    ImageRef raw(byte[] content) {
        return add(ImageFormat.RAW, content, content.length);
    }

    ImageRef qcow2(byte[] content, long virtualSize) {
        return add(ImageFormat.QCOW2, content, virtualSize);
    }

    private ImageRef add(ImageFormat format, byte[] content, long virtualSize) {
        ImageRef image = new ImageRef(ImageId.random(), format, sha256(content), content.length, virtualSize);
        contents.put(image.sha256(), content);
        return image;
    }

    static byte[] noise(int bytes, long seed) {
        byte[] content = new byte[bytes];
        new Random(seed).nextBytes(content);
        return content;
    }

    /** Something in the first and third mebibyte, zeros in the others. */
    static byte[] sparse(int mebibytes) {
        byte[] content = new byte[mebibytes * MIB];
        Arrays.fill(content, 0, MIB, (byte) 0x11);
        Arrays.fill(content, 2 * MIB, 3 * MIB, (byte) 0x33);
        return content;
    }

    static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs a program of QEMU's to its good end and returns what it said. */
    static String run(Path directory, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("output", ".txt");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = process.waitFor(60, TimeUnit.SECONDS);
            process.destroyForcibly();
            String said = Files.readString(output, StandardCharsets.UTF_8);
            assertThat(ended && process.exitValue() == 0)
                    .as(String.join(" ", command) + ": " + said)
                    .isTrue();
            return said;
        } finally {
            Files.deleteIfExists(output);
        }
    }

    /** By code and by part of the sentence. */
    static void refused(ErrorCode code, String why, ThrowingCallable call) {
        assertThatThrownBy(call)
                .hasMessageContaining(why)
                .hasMessageEndingWith(".")
                .asInstanceOf(type(YadoException.class))
                .returns(code, YadoException::code);
    }

    /** As a source waits: its interruption is an I/O error. */
    static void awaitLatch(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new IOException("nobody went on within 20 s");
            }
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
    }
}
