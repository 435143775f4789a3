package dev.yado.storage;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of images, named by content. A file's modification time is when it was last asked for. A file is looked up, and
 * the map of downloads changed, only under the lock: so a file is never evicted between two questions of one caller.
 */
final class ImageStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ImageStore.class);
    static final String DIRECTORY = "images";

    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern FILE = Pattern.compile("(" + DIGEST + ")\\.(raw|qcow2)");
    private static final String LEFTOVERS = "*" + Download.SUFFIX;

    private final Path directory;
    private final ImageSource source;
    private final PoolSettings settings;
    private final Sharing sharing;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Path, Download> running = new HashMap<>();
    /** Files whose content was read and found right, as they were then. */
    private final Map<Path, Signature> verified = new ConcurrentHashMap<>();

    private boolean closed;

    private ImageStore(Path directory, ImageSource source, PoolSettings settings, Sharing sharing) {
        this.directory = directory;
        this.source = source;
        this.settings = settings;
        this.sharing = sharing;
    }

    static ImageStore open(Path directory, ImageSource source, PoolSettings settings, Sharing sharing)
            throws IOException {
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        FileOwner owner = settings.owner();
        if (owner != null) {
            owner.enterDirectory(directory);
        }
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, LEFTOVERS)) {
            for (Path leftover : leftovers) {
                if (sharing.isLeftover(leftover)) {
                    LOG.info("removing the unfinished download {}", leftover);
                    Files.deleteIfExists(leftover);
                }
            }
        }
        return new ImageStore(directory, source, settings, sharing);
    }

    Path get(ImageRef image) throws InterruptedException {
        Path file = fileOf(image);
        Download download = joinUnlessPresent(image, file);
        if (download == null) {
            return file;
        }
        try {
            download.await();
        } finally {
            leave(download);
        }
        return file;
    }

    Set<String> evictUnused(Set<String> inUse) {
        return evictUnused(inUse, settings.grace());
    }

    Set<String> evictUnused(Set<String> inUse, Duration grace) {
        Instant youngest = Instant.now().minus(grace);
        Set<String> evicted = new HashSet<>();
        lock.lock();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Matcher name = FILE.matcher(file.getFileName().toString());
                if (name.matches()
                        && !inUse.contains(name.group(1))
                        && !running.containsKey(file)
                        && Files.getLastModifiedTime(file).toInstant().isBefore(youngest)) {
                    Files.delete(file);
                    evicted.add(name.group(1));
                    LOG.info("evicted {}", file);
                }
            }
            return evicted;
        } catch (IOException e) {
            throw StableFiles.failure("evict images", e);
        } finally {
            lock.unlock();
        }
    }

    List<ImageSighting> look() {
        List<Path> files;
        try (Stream<Path> entries = Files.list(directory)) {
            files = entries.filter(file -> !file.getFileName().toString().endsWith(Download.SUFFIX))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw StableFiles.failure("look at the images", e);
        }
        List<ImageSighting> sightings = new ArrayList<>();
        boolean mayRead = true;
        for (Path file : files) {
            Matcher name = FILE.matcher(file.getFileName().toString());
            try {
                if (!name.matches()) {
                    sightings.add(ImageSighting.stray(file, Files.size(file)));
                    continue;
                }
                Signature now = Signature.of(file);
                boolean known = now.equals(verified.get(file));
                boolean intact = known || !mayRead || Digests.sha256(file).equals(name.group(1));
                if (intact && mayRead && !known) {
                    verified.put(file, now);
                }
                mayRead &= known;
                sightings.add(new ImageSighting(file, name.group(1), now.bytes(), intact));
            } catch (NoSuchFileException e) {
                LOG.debug("{} was removed meanwhile", file);
            } catch (IOException e) {
                sightings.add(new ImageSighting(file, name.group(1), -1, false));
            }
        }
        return sightings;
    }

    void discard(String name) {
        lock.lock();
        try {
            Path file = directory.resolve(name);
            verified.remove(file);
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw StableFiles.failure("remove an image that was changed", e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        List<Download> open;
        lock.lock();
        try {
            closed = true;
            open = List.copyOf(running.values());
        } finally {
            lock.unlock();
        }
        open.forEach(download -> download.giveUp(new YadoException(
                ErrorCode.CANCELLED, "The fetch of " + download.subject() + " ended with the daemon.")));
        open.forEach(Download::awaitThread);
    }

    /** The digest becomes part of a path, so nothing but a digest may pass. */
    private Path fileOf(ImageRef image) {
        if (!DIGEST.matcher(image.sha256()).matches() || image.bytes() <= 0) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "Image " + image.id()
                            + " needs a sha256 of 64 lower-case hexadecimal digits and a length above 0.");
        }
        return directory.resolve(image.sha256() + "." + image.format().name().toLowerCase(Locale.ROOT));
    }

    private @Nullable Download joinUnlessPresent(ImageRef image, Path file) {
        lock.lock();
        try {
            if (isPresent(image, file)) {
                return null;
            }
            Download download = running.get(file);
            if (download == null) {
                download = start(image, file);
            }
            download.waiters++;
            return download;
        } catch (IOException e) {
            throw StableFiles.failure("look for image " + image.id(), e);
        } finally {
            lock.unlock();
        }
    }

    private boolean isPresent(ImageRef image, Path file) throws IOException {
        if (!Files.exists(file)) {
            return false;
        }
        if (Files.size(file) != image.bytes()) {
            LOG.warn("{} has {} bytes instead of {}: fetching it again", file, Files.size(file), image.bytes());
            return false;
        }
        boolean known = Signature.of(file).equals(verified.get(file));
        Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        if (known) {
            verified.put(file, Signature.of(file));
        }
        return true;
    }

    private Download start(ImageRef image, Path file) throws IOException {
        if (closed) {
            throw new YadoException(
                    ErrorCode.CANCELLED, "The daemon is ending: image " + image.id() + " is not fetched.");
        }
        long promised =
                running.values().stream().mapToLong(Download::outstanding).sum();
        PoolSpace.require(
                directory,
                "Fetching image " + image.id() + (promised > 0 ? " and finishing other fetches" : ""),
                promised + image.bytes(),
                settings.reserve());
        Download download = new Download(image, directory, file, source, settings, sharing, this::forget);
        running.put(file, download);
        download.start();
        return download;
    }

    /** The last one to leave ends the download. */
    private void leave(Download download) {
        lock.lock();
        try {
            download.waiters--;
            if (download.waiters > 0) {
                return;
            }
            running.remove(download.file(), download);
        } finally {
            lock.unlock();
        }
        download.cancel();
    }

    private void forget(Download download) {
        lock.lock();
        try {
            running.remove(download.file(), download);
        } finally {
            lock.unlock();
        }
    }
}
