package dev.yado.storage;

import static dev.yado.storage.TestingImages.MIB;
import static dev.yado.storage.TestingImages.awaitLatch;
import static dev.yado.storage.TestingImages.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.assertj.core.data.Offset.offset;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.YadoException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a source does, callers get away with a sentence and only whole, checked images get a name. */
@Timeout(60)
class UntrustedSourceTest {
    private static final byte[] CONTENT = TestingImages.noise(3 * MIB + 12_345, 1);

    @TempDir
    private Path root;

    private final TestingImages images = new TestingImages();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void aSourceThatFailsMidWayLeavesNothingAndTheNextTryWorks() throws Exception {
        ImageRef image = images.raw(CONTENT);
        ImageSource breaksOnce = wanted -> {
            InputStream whole = images.open(wanted);
            return images.opened.get() > 1 ? whole : breaksAfter(MIB);
        };
        try (DirectoryPool pool = open(breaksOnce)) {
            refused(ErrorCode.IMAGE_UNAVAILABLE, "connection reset by the test", () -> pool.image(image));
            nothingIsLeft();

            assertThat(pool.image(image)).hasBinaryContent(CONTENT);
        }
    }

    @Test
    void aSourceThatCannotBeOpenedIsNamed() throws Exception {
        try (DirectoryPool pool = open(failing("the controller is away"))) {
            refused(ErrorCode.IMAGE_UNAVAILABLE, "the controller is away", () -> pool.image(images.raw(CONTENT)));
            nothingIsLeft();
        }
    }

    @Test
    void contentWithAnotherDigestIsRefused() throws Exception {
        byte[] other = CONTENT.clone();
        other[MIB] ^= 1;
        lieIsRefused(other, "instead of " + TestingImages.sha256(CONTENT));
    }

    @Test
    void contentThatIsTooShortIsRefused() throws Exception {
        lieIsRefused(TestingImages.noise(MIB, 1), "gave " + MIB + " of " + CONTENT.length);
    }

    @Test
    void contentThatIsTooLongIsRefusedAtTheFirstByteTooMany() throws Exception {
        ImageRef image = images.raw(CONTENT);
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 7;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                return length;
            }
        };
        try (DirectoryPool pool = open(wanted -> endless)) {
            refused(ErrorCode.IMAGE_UNAVAILABLE, "more than the promised", () -> pool.image(image));
            nothingIsLeft();
        }
    }

    @Test
    void aWrongVirtualSizeOrFormatIsRefusedThoughTheDigestFits() throws Exception {
        ImageRef image = images.raw(CONTENT);
        try (DirectoryPool pool = open(images)) {
            ImageRef larger =
                    new ImageRef(image.id(), ImageFormat.RAW, image.sha256(), image.bytes(), image.virtualSize() + 512);
            ImageRef qcow2 = new ImageRef(image.id(), ImageFormat.QCOW2, image.sha256(), image.bytes(), image.bytes());

            refused(ErrorCode.IMAGE_UNAVAILABLE, "virtual size", () -> pool.image(larger));
            refused(ErrorCode.IMAGE_UNAVAILABLE, "not qcow2", () -> pool.image(qcow2));
            nothingIsLeft();
        }
    }

    @Test
    void anInterruptedCallerGetsAwayFromASourceThatHangsAndThePartialFileGoes() throws Exception {
        HangingSource source = new HangingSource();
        try (DirectoryPool pool = open(source)) {
            Future<Path> caller = threads.submit(() -> pool.image(images.raw(CONTENT)));
            source.awaitReader();
            await("the partial file").until(() -> !files().isEmpty());

            caller.cancel(true);

            await("the end of the download").until(source::isClosed);
            await("no partial file").until(() -> files().isEmpty());
        }
    }

    @Test
    void aSourceWithoutANewByteIsGivenUp() throws Exception {
        HangingSource source = new HangingSource();
        PoolSettings impatient =
                new PoolSettings(null, Mebibytes.ZERO, Duration.ofMillis(200), 1 << 20, Duration.ofHours(1));
        try (DirectoryPool pool = DirectoryPool.open(root, source, DiskTool.DEFAULT, impatient)) {
            refused(ErrorCode.IMAGE_UNAVAILABLE, "no byte came for", () -> pool.image(images.raw(CONTENT)));
            await("no partial file").until(() -> files().isEmpty());
        }
    }

    @Test
    void aSourceThatOnlyDripsIsGivenUp() throws Exception {
        InputStream drip = new InputStream() {
            @Override
            public int read() throws IOException {
                pauseForMillis(5);
                return 1;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                bytes[offset] = (byte) read();
                return 1;
            }
        };
        PoolSettings impatient =
                new PoolSettings(null, Mebibytes.ZERO, Duration.ofMillis(500), 1 << 30, Duration.ofHours(1));
        try (DirectoryPool pool = DirectoryPool.open(root, wanted -> drip, DiskTool.DEFAULT, impatient)) {
            refused(ErrorCode.IMAGE_UNAVAILABLE, "bytes came in", () -> pool.image(images.raw(CONTENT)));
            await("no partial file").until(() -> files().isEmpty());
        }
    }

    @Test
    void closingThePoolEndsItsDownloads() throws Exception {
        HangingSource source = new HangingSource();
        Future<Path> caller;
        try (DirectoryPool pool = open(source)) {
            caller = threads.submit(() -> pool.image(images.raw(CONTENT)));
            source.awaitReader();
        }
        assertThatThrownBy(() -> caller.get(10, TimeUnit.SECONDS))
                .cause()
                .asInstanceOf(type(YadoException.class))
                .returns(ErrorCode.CANCELLED, YadoException::code);
        nothingIsLeft();
    }

    private void lieIsRefused(byte[] given, String why) throws Exception {
        try (DirectoryPool pool = open(wanted -> new ByteArrayInputStream(given))) {
            refused(ErrorCode.IMAGE_UNAVAILABLE, why, () -> pool.image(images.raw(CONTENT)));
            nothingIsLeft();
        }
    }

    private DirectoryPool open(ImageSource source) throws IOException {
        return DirectoryPool.open(root, source, DiskTool.DEFAULT, PoolSettings.DEFAULT);
    }

    private void nothingIsLeft() throws IOException {
        assertThat(files()).isEmpty();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("images"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static ImageSource failing(String why) {
        return wanted -> {
            throw new IOException(why);
        };
    }

    /** The pace of a slow source, not a synchronisation. */
    private static void pauseForMillis(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
    }

    private static InputStream breaksAfter(int bytes) {
        return new SequenceInputStream(new ByteArrayInputStream(CONTENT, 0, bytes), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("connection reset by the test");
            }
        });
    }

    /** Like a socket: gives something, then nothing, deaf to interrupts until it is closed. */
    private static final class HangingSource implements ImageSource {
        private final CountDownLatch reading = new CountDownLatch(1);
        private final CountDownLatch closed = new CountDownLatch(1);

        @Override
        public InputStream open(ImageRef image) {
            return new SequenceInputStream(new ByteArrayInputStream(CONTENT, 0, MIB), new InputStream() {
                @Override
                public int read() throws IOException {
                    reading.countDown();
                    while (true) {
                        try {
                            assertThat(closed.await(50, TimeUnit.SECONDS)).isTrue();
                            throw new IOException("closed");
                        } catch (InterruptedException e) {
                            continue;
                        }
                    }
                }
            }) {
                @Override
                public void close() {
                    closed.countDown();
                }
            };
        }

        void awaitReader() throws IOException {
            awaitLatch(reading);
        }

        boolean isClosed() {
            return closed.getCount() == 0;
        }
    }
}
