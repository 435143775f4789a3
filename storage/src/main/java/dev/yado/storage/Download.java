package dev.yado.storage;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running fetch of one image, shared by all who wait for it. It has a platform thread of its own: hashing would keep a
 * carrier of virtual threads busy for seconds. Those who wait also watch it; there is always one, else it is cancelled.
 */
final class Download {
    static final String SUFFIX = ".part";

    private static final Logger LOG = LoggerFactory.getLogger(Download.class);
    private static final AtomicLong COUNT = new AtomicLong();
    private static final Duration END_DEADLINE = Duration.ofSeconds(2);

    private final ImageRef image;
    private final Path directory;
    private final Path file;
    private final ImageSource source;
    private final PoolSettings settings;
    private final Sharing sharing;
    private final Consumer<Download> onEnd;
    private final Thread thread;
    private final CompletableFuture<Path> result = new CompletableFuture<>();
    private final long startedNanos = System.nanoTime();

    /** Guarded by the store's lock. */
    int waiters;

    private volatile boolean cancelled;
    private volatile @Nullable InputStream stream;
    private volatile boolean inSource;
    private volatile long inSourceSinceNanos;
    private volatile long received;

    /** @param onEnd called on the download's thread before those who wait are told */
    Download(
            ImageRef image,
            Path directory,
            Path file,
            ImageSource source,
            PoolSettings settings,
            Sharing sharing,
            Consumer<Download> onEnd) {
        this.image = image;
        this.directory = directory;
        this.file = file;
        this.source = source;
        this.settings = settings;
        this.sharing = sharing;
        this.onEnd = onEnd;
        this.thread = Thread.ofPlatform().daemon().name("fetch-" + image.id()).unstarted(this::run);
    }

    Path file() {
        return file;
    }

    String subject() {
        return "image " + image.id();
    }

    /** Bytes that it will still write. */
    long outstanding() {
        return image.bytes() - received;
    }

    void start() {
        thread.start();
    }

    /** Returns when the file is there. */
    void await() throws InterruptedException {
        long tick = Math.clamp(settings.stall().toMillis() / 4, 10, 1000);
        while (true) {
            try {
                result.get(tick, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                giveUpWhenTooSlow();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof YadoException known
                        ? new YadoException(known.code(), String.valueOf(known.getMessage()), known)
                        : new YadoException(ErrorCode.INTERNAL, "The fetch of " + subject() + " ended in an error.", e);
            }
        }
    }

    void giveUp(YadoException why) {
        result.completeExceptionally(why);
        cancel();
    }

    /** Ends it soon, whatever it is doing; without effect once it has ended. Does not wait. */
    void cancel() {
        if (result.isDone() && !thread.isAlive()) {
            return;
        }
        cancelled = true;
        thread.interrupt();
        InputStream open = stream;
        if (open != null) {
            Thread.ofVirtual().start(() -> closeQuietly(open));
        }
    }

    /** Waits a little for the end of the thread, after {@link #cancel}. */
    void awaitThread() {
        try {
            if (!thread.join(END_DEADLINE)) {
                LOG.warn("the source of {} does not react to its end; its thread is left behind", subject());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void giveUpWhenTooSlow() {
        long now = System.nanoTime();
        Duration silent = Duration.ofNanos(inSource ? now - inSourceSinceNanos : 0);
        Duration allowed = settings.stall().plusSeconds(image.bytes() / settings.slowestBytesPerSecond());
        if (silent.compareTo(settings.stall()) > 0) {
            giveUp(unavailable(
                    "no byte came for " + silent.toSeconds() + " s after " + received + " of " + image.bytes(), null));
        } else if (Duration.ofNanos(now - startedNanos).compareTo(allowed) > 0) {
            giveUp(unavailable(
                    "only " + received + " of " + image.bytes() + " bytes came in " + allowed.toSeconds() + " s",
                    null));
        }
    }

    private void run() {
        Path part = directory.resolve(file.getFileName() + sharing.unique("") + "." + COUNT.incrementAndGet() + SUFFIX);
        try {
            fetch(part);
            onEnd.accept(this);
            result.complete(file);
        } catch (Throwable e) {
            if (!cancelled) {
                LOG.warn("the fetch of {} failed after {} of {} bytes", subject(), received, image.bytes(), e);
            }
            removeQuietly(part);
            onEnd.accept(this);
            result.completeExceptionally(e);
        }
    }

    private void fetch(Path part) throws IOException {
        InputStream in = fromSource(() -> source.open(image));
        stream = in;
        try {
            copy(in, part);
            if (Files.exists(file) && Files.size(file) != image.bytes()) {
                Files.deleteIfExists(file);
            }
            sharing.publish(part, file);
        } catch (IOException e) {
            if (cancelled) {
                throw e;
            }
            throw writeFailure(e);
        } finally {
            closeQuietly(in);
        }
    }

    private void copy(InputStream in, Path part) throws IOException {
        try (ImageWriter writer = new ImageWriter(part, image)) {
            byte[] buffer = new byte[1 << 20];
            for (int n = read(in, buffer); n >= 0; n = read(in, buffer)) {
                if (n > outstanding()) {
                    throw unavailable("the source gives more than the promised " + image.bytes() + " bytes", null);
                }
                writer.append(buffer, n);
                received += n;
            }
            writer.finish();
        }
    }

    private int read(InputStream in, byte[] buffer) {
        return fromSource(() -> in.read(buffer));
    }

    private <T> T fromSource(SourceCall<T> call) {
        inSourceSinceNanos = System.nanoTime();
        inSource = true;
        try {
            if (cancelled) {
                throw new IOException("cancelled");
            }
            return call.run();
        } catch (IOException | RuntimeException e) {
            throw unavailable(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage(), e);
        } finally {
            inSource = false;
        }
    }

    @FunctionalInterface
    private interface SourceCall<T> {
        T run() throws IOException;
    }

    private YadoException writeFailure(IOException e) {
        try {
            PoolSpace.require(directory, "Fetching " + subject(), outstanding(), settings.reserve());
        } catch (IOException more) {
            e.addSuppressed(more);
        } catch (YadoException full) {
            full.addSuppressed(e);
            return full;
        }
        return StableFiles.failure("store " + subject(), e);
    }

    private YadoException unavailable(String why, @Nullable Throwable cause) {
        String sentence = "The host could not fetch " + subject() + ": " + why + ".";
        return cause == null
                ? new YadoException(ErrorCode.IMAGE_UNAVAILABLE, sentence)
                : new YadoException(ErrorCode.IMAGE_UNAVAILABLE, sentence, cause);
    }

    private static void closeQuietly(InputStream stream) {
        try {
            stream.close();
        } catch (IOException e) {
            LOG.debug("closing the source's stream failed", e);
        }
    }

    private static void removeQuietly(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            LOG.warn("cannot remove {}; the next start of the daemon does", part, e);
        }
    }
}
