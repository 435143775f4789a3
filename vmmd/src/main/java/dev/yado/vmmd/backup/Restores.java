package dev.yado.vmmd.backup;

import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.storage.DiskOrigins;
import dev.yado.storage.RestoredBase;
import dev.yado.storage.nbd.NbdServer;
import dev.yado.storage.repository.BackupReader;
import dev.yado.storage.repository.Extent;
import dev.yado.vmmd.qemu.GuestFiles;
import dev.yado.vmmd.qemu.QemuUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What restored disks are read from: backups, over NBD. */
public final class Restores implements DiskOrigins, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Restores.class);

    private final Repositories repositories;
    private final QemuUser user;
    private final Map<VmId, Served> served = new ConcurrentHashMap<>();

    public Restores(Repositories repositories, QemuUser user) {
        this.repositories = repositories;
        this.user = user;
    }

    private record Served(NbdServer server, List<BackupReader> readers, Path socket) {
        void close() {
            try {
                server.close();
            } catch (IOException e) {
                log.warn("{} did not close", socket, e);
            }
            readers.forEach(BackupReader::close);
        }
    }

    @Override
    public long sizeBytes(DiskOrigin origin) {
        try (BackupReader reader = repositories.open(origin.repository()).read(origin.backup())) {
            return reader.disk(origin.disk()).sizeBytes();
        }
    }

    @Override
    public long dataBytes(DiskOrigin origin) {
        try (BackupReader reader = repositories.open(origin.repository()).read(origin.backup())) {
            return reader.disk(origin.disk()).extents().stream()
                    .filter(Extent::data)
                    .mapToLong(Extent::length)
                    .sum();
        }
    }

    @Override
    public void serve(DiskOrigin origin, Path socket, String export, Filling filling)
            throws IOException, InterruptedException {
        try (BackupReader reader = repositories.open(origin.repository()).read(origin.backup())) {
            Restoring source = new Restoring(reader.disk(origin.disk()));
            try (NbdServer _ = NbdServer.listen(socket, Map.of(export, source))) {
                filling.fill();
            } catch (YadoException e) {
                source.rethrow();
                throw e;
            }
        }
    }

    /**
     * Serves the disks of a VM that are still to come from their backups, until {@link #end}. Nothing happens when it does already.
     *
     * @param directory the VM's
     * @throws YadoException when a backup cannot be read
     */
    public synchronized void begin(VmId vm, Path directory, List<DiskSpec> disks) throws IOException {
        if (served.containsKey(vm)) {
            return;
        }
        List<BackupReader> readers = new ArrayList<>();
        Map<String, Restoring> exports = new HashMap<>();
        try {
            for (DiskSpec disk : disks) {
                DiskOrigin origin = Objects.requireNonNull(disk.origin());
                BackupReader reader = repositories.open(origin.repository()).read(origin.backup());
                readers.add(reader);
                exports.put(RestoredBase.export(disk.id()), new Restoring(reader.disk(origin.disk())));
            }
            Path place = directory.resolve(RestoredBase.DIRECTORY);
            if (!Files.isDirectory(place)) {
                Files.createDirectory(place);
            }
            Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwx--x--x"));
            Path socket = directory.resolve(RestoredBase.SOCKET);
            NbdServer server = NbdServer.listen(socket, exports);
            GuestFiles.give(socket, user, "rw-------");
            served.put(vm, new Served(server, readers, socket));
        } catch (IOException | RuntimeException e) {
            readers.forEach(BackupReader::close);
            throw e;
        }
    }

    /** All has come, or nothing more is wanted. */
    public synchronized void end(VmId vm) {
        Served gone = served.remove(vm);
        if (gone != null) {
            gone.close();
        }
    }

    @Override
    public synchronized void close() {
        served.values().forEach(Served::close);
        served.clear();
    }
}
