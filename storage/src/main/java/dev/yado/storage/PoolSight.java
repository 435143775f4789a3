package dev.yado.storage;

import dev.yado.protocol.Mebibytes;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a shared pool is there and still the same one. A server that has gone away blocks whoever looks, for hours, so a thread of
 * its own looks every some seconds and the others are told what it saw.
 */
final class PoolSight implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PoolSight.class);
    private static final UUID NEVER_SEEN = new UUID(0, 0);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);
    private static final Duration FIRST_LOOK = Duration.ofSeconds(5);
    private static final Duration SILENCE = Duration.ofSeconds(20);
    private static final String PROBE = ".probe.";
    private static final Duration LEFT_OVER = Duration.ofMinutes(10);

    private final String name;
    private final Path root;
    private final Path record;
    private final FileOwner owner;
    private final boolean gives;
    private final Thread thread;
    private final CountDownLatch looked = new CountDownLatch(1);
    private volatile SharedPool.Standing last;
    private volatile long looksSince = System.nanoTime();
    private volatile boolean looks;

    /**
     * @param record where this host keeps the marker that it has seen
     * @param owner whom files of the pool are to belong to
     * @param gives that is another one than the daemon's user
     */
    PoolSight(String name, Path root, Path record, FileOwner owner, boolean gives) {
        this.name = name;
        this.root = root;
        this.record = record;
        this.owner = owner;
        this.gives = gives;
        this.last = unseen("it was not looked at yet");
        this.thread = Thread.ofPlatform().daemon().name("pool-" + name).unstarted(this::run);
    }

    /** Waits a little for the first look. */
    void begin() throws InterruptedException {
        thread.start();
        if (!looked.await(FIRST_LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
            LOG.warn("shared pool {}: {} does not answer", name, root);
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    SharedPool.Standing standing() {
        SharedPool.Standing seen = last;
        String silent = silence();
        return silent == null
                ? seen
                : new SharedPool.Standing(seen.name(), seen.marker(), seen.size(), seen.free(), silent);
    }

    @Nullable
    String problem() {
        return standing().problem();
    }

    /** Looks at the marker now, on the caller's thread, unless it is known that it would not come back. */
    @Nullable
    String lookNow() {
        String silent = silence();
        if (silent != null) {
            return silent;
        }
        try {
            marker();
            return null;
        } catch (IOException e) {
            return wording(e);
        }
    }

    private @Nullable String silence() {
        Duration silent = Duration.ofNanos(System.nanoTime() - looksSince);
        return looks && silent.compareTo(SILENCE) > 0
                ? "its file system has not answered for " + silent.toSeconds() + " s"
                : null;
    }

    private void run() {
        try {
            while (true) {
                looksSince = System.nanoTime();
                looks = true;
                SharedPool.Standing now = look();
                looks = false;
                if (!Objects.equals(now.problem(), last.problem()) || looked.getCount() > 0) {
                    String problem = now.problem();
                    if (problem == null) {
                        LOG.info("shared pool {} on {} has the marker {}", name, root, now.marker());
                    } else {
                        LOG.warn("shared pool {} on {} cannot be used: {}", name, root, problem);
                    }
                }
                last = now;
                looked.countDown();
                Thread.sleep(BETWEEN_LOOKS);
            }
        } catch (InterruptedException e) {
            LOG.debug("shared pool {} is looked at no more", name);
        }
    }

    private SharedPool.Standing look() {
        try {
            PoolMarker marker = marker();
            tryOut();
            PoolSpace space = PoolSpace.of(root);
            return new SharedPool.Standing(name, marker.id(), space.total(), space.free(), null);
        } catch (IOException | RuntimeException e) {
            return unseen(wording(e));
        }
    }

    private SharedPool.Standing unseen(String problem) {
        UUID known = NEVER_SEEN;
        try {
            known = PoolMarker.read(record).map(PoolMarker::id).orElse(NEVER_SEEN);
        } catch (IOException e) {
            LOG.warn("{} cannot be read", record, e);
        }
        return new SharedPool.Standing(name, known, new Mebibytes(0), new Mebibytes(0), problem);
    }

    /** The marker of a pool that is the one that it always was; made where nobody has used the directory before. */
    private PoolMarker marker() throws IOException {
        if (!Files.isDirectory(root)) {
            throw new IOException("its directory is not there");
        }
        Optional<PoolMarker> known = PoolMarker.read(record);
        PoolMarker found = PoolMarker.read(root.resolve(PoolMarker.NAME)).orElse(null);
        if (found == null) {
            if (known.isPresent()) {
                throw new IOException("its marker " + PoolMarker.NAME
                        + " is gone, so it is not mounted or another file system is mounted there");
            }
            if (Files.exists(root.resolve(DiskFiles.DIRECTORY))) {
                throw new IOException("it has disks but no marker " + PoolMarker.NAME);
            }
            found = PoolMarker.make(root, owner);
        }
        if (known.isEmpty()) {
            found.write(record, false);
        } else if (!known.get().id().equals(found.id())) {
            throw new IOException("it has the marker " + found.id() + " instead of "
                    + known.get().id() + ", so another file system is mounted there");
        }
        if (!found.owner().equals(owner)) {
            throw new IOException("QEMU runs as " + owner.uid() + ":" + owner.gid() + " here and as "
                    + found.owner().uid() + ":" + found.owner().gid() + " on the host that made the pool");
        }
        return found;
    }

    /** As a disk would be made, and opened by QEMU. */
    private void tryOut() throws IOException {
        try {
            removeLeftovers();
            Path probe = Files.createTempFile(root, PROBE, null);
            try {
                if (gives) {
                    owner.takeDisk(probe);
                }
            } finally {
                Files.deleteIfExists(probe);
            }
        } catch (IOException e) {
            throw new IOException("it cannot be written to: " + reason(e), e);
        }
        for (Path above = root; above != null; above = above.getParent()) {
            if (gives && !owner.mayEnter(above)) {
                throw new IOException(
                        "QEMU's user " + owner.uid() + ":" + owner.gid() + " may not pass through " + above);
            }
        }
    }

    /** Of daemons that were killed while they tried it out. Those of others that are at it are younger. */
    private void removeLeftovers() throws IOException {
        FileTime before = FileTime.from(Instant.now().minus(LEFT_OVER));
        try (DirectoryStream<Path> probes = Files.newDirectoryStream(root, PROBE + "*")) {
            for (Path probe : probes) {
                if (Files.getLastModifiedTime(probe, LinkOption.NOFOLLOW_LINKS).compareTo(before) < 0) {
                    Files.deleteIfExists(probe);
                }
            }
        } catch (NoSuchFileException e) {
            LOG.debug("another host has removed its own", e);
        }
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        String reason = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
        return reason == null ? e.getClass().getSimpleName() : reason;
    }

    private static String wording(Exception e) {
        return e instanceof FileSystemException file
                ? "it gave an error: " + reason(file)
                : String.valueOf(e.getMessage());
    }
}
