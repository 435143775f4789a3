package dev.yado.storage;

import static dev.yado.storage.TestingImages.MIB;
import static dev.yado.storage.TestingImages.awaitLatch;
import static dev.yado.storage.TestingImages.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.ImageRef;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
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

@Timeout(60)
class ImagesTest {
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
    void anAbsentImageIsFetchedOnceAndKeptReadOnly() throws Exception {
        ImageRef image = images.raw(CONTENT);
        try (DirectoryPool pool = open(images)) {
            Path file = pool.image(image);

            assertThat(file).hasBinaryContent(CONTENT).hasFileName(image.sha256() + ".raw");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("r--r--r--");
            assertThat(pool.image(image)).isEqualTo(file);
            assertThat(images.opened).hasValue(1);
        }
    }

    @Test
    void anImageIsStillThereAfterARestart() throws Exception {
        ImageRef image = images.raw(CONTENT);
        try (DirectoryPool pool = open(images)) {
            pool.image(image);
        }
        try (DirectoryPool pool = open(failing("the controller is away"))) {
            assertThat(pool.image(image)).hasBinaryContent(CONTENT);
        }
    }

    @Test
    void aSparseImageTakesOnlyTheRoomOfItsContent() throws Exception {
        ImageRef image = images.raw(TestingImages.sparse(64));
        try (DirectoryPool pool = open(images)) {
            Path file = pool.image(image);

            assertThat(file).hasBinaryContent(TestingImages.sparse(64));
            long blocks = Long.parseLong(
                    TestingImages.run(root, "stat", "-c", "%b", file.toString()).strip());
            assertThat(blocks * 512).isLessThan(4L * MIB);
        }
    }

    @Test
    void callersOfOneImageShareOneDownload() throws Exception {
        ImageRef image = images.raw(CONTENT);
        CountDownLatch go = new CountDownLatch(1);
        ImageSource slow = wanted -> {
            images.opened.incrementAndGet();
            awaitLatch(go);
            return new ByteArrayInputStream(CONTENT);
        };
        try (DirectoryPool pool = open(slow)) {
            Future<Path> first = threads.submit(() -> pool.image(image));
            Future<Path> second = threads.submit(() -> pool.image(image));
            await("the download").until(() -> images.opened.get() == 1);
            go.countDown();

            assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(second.get(10, TimeUnit.SECONDS));
            assertThat(images.opened).hasValue(1);
        }
    }

    @Test
    void twentyThreadsThatRaceGetTheSameWholeFile() throws Exception {
        ImageRef image = images.raw(CONTENT);
        try (DirectoryPool pool = open(images)) {
            List<Callable<Path>> calls = Stream.generate(() -> (Callable<Path>) () -> pool.image(image))
                    .limit(20)
                    .toList();
            for (Future<Path> got : threads.invokeAll(calls)) {
                assertThat(got.get()).hasBinaryContent(CONTENT);
            }
            assertThat(images.opened).hasValue(1);
        }
    }

    @Test
    void aDigestThatIsAPathIsRefused() throws Exception {
        ImageRef image = new ImageRef(ImageId.random(), ImageFormat.RAW, "../../../etc/shadow", 1, 1);
        try (DirectoryPool pool = open(images)) {
            refused(ErrorCode.INVALID_REQUEST, "64 lower-case hexadecimal digits", () -> pool.image(image));
        }
    }

    @Test
    void whenOneOfTwoCallersIsInterruptedTheOtherStillGetsTheImage() throws Exception {
        ImageRef image = images.raw(CONTENT);
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch opened = new CountDownLatch(1);
        ImageSource slow = wanted -> {
            opened.countDown();
            awaitLatch(go);
            return images.open(wanted);
        };
        try (DirectoryPool pool = open(slow)) {
            Thread impatient = Thread.ofVirtual()
                    .start(() -> assertThatThrownBy(() -> pool.image(image)).isInstanceOf(InterruptedException.class));
            awaitLatch(opened);
            CompletableFuture<Thread> second = new CompletableFuture<>();
            Future<Path> patient = threads.submit(() -> {
                second.complete(Thread.currentThread());
                return pool.image(image);
            });
            await("the second caller").until(() -> second.get().getState() == Thread.State.TIMED_WAITING);

            impatient.interrupt();
            assertThat(impatient.join(Duration.ofSeconds(10))).isTrue();
            go.countDown();

            assertThat(patient.get(10, TimeUnit.SECONDS)).hasBinaryContent(CONTENT);
            assertThat(images.opened).hasValue(1);
        }
    }

    @Test
    void leftoversOfAKilledDaemonAreRemovedAndNeverUsed() throws Exception {
        ImageRef image = images.raw(CONTENT);
        Files.createDirectories(root.resolve("images"));
        Files.write(root.resolve("images/" + image.sha256() + ".raw.1.part"), CONTENT);
        try (DirectoryPool pool = open(images)) {
            nothingIsLeft();

            assertThat(pool.image(image)).hasBinaryContent(CONTENT);
            assertThat(images.opened).hasValue(1);
        }
    }

    @Test
    void aFileThatLostItsEndIsFetchedAgain() throws Exception {
        ImageRef image = images.raw(CONTENT);
        try (DirectoryPool pool = open(images)) {
            Path file = pool.image(image);
            Files.delete(file);
            Files.write(file, new byte[] {1, 2, 3});

            assertThat(pool.image(image)).hasBinaryContent(CONTENT);
        }
    }

    @Test
    void anImageLargerThanThePoolIsRefusedBeforeItIsFetched() throws Exception {
        ImageRef image = new ImageRef(ImageId.random(), ImageFormat.RAW, "0".repeat(64), 1L << 50, 1L << 50);
        try (DirectoryPool pool = open(images)) {
            refused(ErrorCode.STORAGE_FULL, "needs 1073741824 MiB and 256 MiB stay reserved", () -> pool.image(image));
            assertThat(images.opened).hasValue(0);
        }
    }

    @Test
    void onlyImagesThatNobodyUsesAndNobodyAskedForLatelyAreEvicted() throws Exception {
        ImageRef used = images.raw(TestingImages.noise(1000, 1));
        ImageRef fresh = images.raw(TestingImages.noise(1000, 2));
        ImageRef old = images.raw(TestingImages.noise(1000, 3));
        ImageRef askedAgain = images.raw(TestingImages.noise(1000, 4));
        try (DirectoryPool pool = open(images)) {
            pool.image(fresh);
            for (ImageRef image : List.of(used, old, askedAgain)) {
                Files.setLastModifiedTime(
                        pool.image(image), FileTime.from(Instant.now().minus(Duration.ofDays(1))));
            }
            pool.image(askedAgain);

            assertThat(pool.evictUnused(Set.of(used.sha256()))).containsExactly(old.sha256());
            assertThat(files())
                    .containsExactlyInAnyOrder(
                            used.sha256() + ".raw", fresh.sha256() + ".raw", askedAgain.sha256() + ".raw");
            assertThat(pool.image(old)).exists();
        }
    }

    @Test
    void spaceIsThatOfTheFileSystem() throws Exception {
        try (DirectoryPool pool = open(images)) {
            assertThat(pool.space().total().bytes())
                    .isCloseTo(Files.getFileStore(root).getTotalSpace(), offset((long) MIB));
            assertThat(pool.space().free()).isLessThan(pool.space().total());
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
}
