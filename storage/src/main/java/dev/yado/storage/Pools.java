package dev.yado.storage;

import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * All pools of a host: its own, and those that it shares with others. A disk lies in the one that its spec names. Everything else is
 * as {@link DirectoryPool} says.
 */
public final class Pools implements AutoCloseable {
    private final DirectoryPool own;
    private final Map<String, SharedPool> shared = new TreeMap<>();

    /** Closes them when it is closed. */
    public Pools(DirectoryPool own, Collection<SharedPool> shared) {
        this.own = own;
        shared.forEach(pool -> this.shared.put(pool.name(), pool));
    }

    /**
     * Where the disks of a VM lie.
     *
     * @param directory its directory on this host
     */
    public record Home(VmId vm, Path directory) {}

    public DirectoryPool own() {
        return own;
    }

    public List<SharedPool> shared() {
        return List.copyOf(shared.values());
    }

    /** A file that only this host needs: a kernel. */
    public Path image(ImageRef image) throws InterruptedException {
        return own.image(image);
    }

    /**
     * As {@link DirectoryPool#ensureDisk}.
     *
     * @param origins where a disk that is not there and has an origin comes from
     * @throws YadoException {@link ErrorCode#POOL_UNAVAILABLE} as well
     */
    public Disk ensureDisk(Home home, DiskSpec disk, DiskOrigins origins) throws InterruptedException {
        String pool = disk.pool();
        return pool == null
                ? own.ensureDisk(home.directory(), disk, origins)
                : named(pool).ensureDisk(home.vm(), disk, origins);
    }

    /** The file of the disk is there, whatever it holds. */
    public boolean holds(Home home, DiskSpec disk) {
        String pool = disk.pool();
        return pool == null
                ? own.holds(home.directory(), disk.id())
                : named(pool).holds(home.vm(), disk.id());
    }

    /**
     * The files of a disk that is there.
     *
     * @throws YadoException {@link ErrorCode#POOL_UNAVAILABLE}
     */
    public DiskLayers layers(Home home, DiskSpec disk) {
        String pool = disk.pool();
        return pool == null
                ? own.layers(home.directory(), disk.id())
                : named(pool).layers(home.vm(), disk.id());
    }

    /** Looks at a disk's file and changes nothing; empty while its pool cannot be looked at. */
    public Optional<DiskSighting> look(Home home, DiskSpec disk, boolean inUse) {
        String pool = disk.pool();
        if (pool == null) {
            return Optional.of(own.look(home.directory(), disk, inUse));
        }
        SharedPool in = shared.get(pool);
        return in == null ? Optional.empty() : in.look(home.vm(), disk, inUse);
    }

    /**
     * Removes the disks of a VM, for good: all that lie in the host's own pool, and those in the shared pools that are named.
     *
     * @throws YadoException {@link ErrorCode#POOL_UNAVAILABLE}, {@link ErrorCode#IN_USE}: those before it are gone
     */
    public void removeDisks(Home home, Set<String> sharedPools) {
        own.removeDisks(home.directory());
        sharedPools.forEach(pool -> named(pool).removeDisks(home.vm()));
    }

    private SharedPool named(String pool) {
        SharedPool found = shared.get(pool);
        if (found == null) {
            throw new YadoException(
                    ErrorCode.POOL_UNAVAILABLE,
                    "This host has no shared pool " + pool + ": its daemon was started without --shared-pool " + pool
                            + "=DIR.");
        }
        return found;
    }

    @Override
    public void close() {
        shared.values().forEach(SharedPool::close);
        own.close();
    }
}
