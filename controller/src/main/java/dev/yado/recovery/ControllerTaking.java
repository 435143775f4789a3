package dev.yado.recovery;

import dev.yado.api.SecretFile;
import dev.yado.api.Settings;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.trust.CaHash;
import dev.yado.storage.repository.BackupHead;
import dev.yado.storage.repository.BackupPoint;
import dev.yado.storage.repository.BackupReader;
import dev.yado.storage.repository.BackupWriter;
import dev.yado.storage.repository.DiskWriter;
import dev.yado.storage.repository.Manifest;
import dev.yado.storage.repository.Repository;
import dev.yado.storage.repository.RepositoryPlace;
import dev.yado.storage.repository.store.ObjectStore;
import dev.yado.trust.CertificateAuthority;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Puts one backup of the controllers into a repository: rows, keys and images. All of it is encrypted with the recovery key. */
@Component
class ControllerTaking {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerTaking.class);
    private static final int PIECE = 1 << 20;

    private final RecoverySettings settings;
    private final Settings state;
    private final CertificateAuthority ca;
    private final Environment environment;

    ControllerTaking(RecoverySettings settings, Settings state, CertificateAuthority ca, Environment environment) {
        this.settings = settings;
        this.state = state;
        this.ca = ca;
        this.environment = environment;
    }

    /**
     * Makes an empty repository where there has never been one.
     *
     * @throws YadoException {@code BACKUP_KEY_REFUSED} when the recovery key of this replica is not that of the last backup
     */
    Repository open(Optional<ControllerBackup> last) {
        RepositoryPlace place =
                new RepositoryPlace(Objects.requireNonNull(settings.repository()), settings.repositoryKeys());
        RecoveryKey key = key(last);
        ObjectStore store = place.store();
        if (last.isEmpty() && store.isEmpty()) {
            Repository.create(store, place.secrets(), Duration.ZERO);
        }
        return Repository.open(store, place.secrets().with(Manifest.CONTROLLER, key.secret()));
    }

    /** So that an operator has it to keep before the first backup. */
    void makeKey(Optional<ControllerBackup> last) {
        key(last);
    }

    /** Where no key is, one is made, unless backups are there that another one opens: then an operator has to say which is right. */
    private RecoveryKey key(Optional<ControllerBackup> last) {
        Path file =
                settings.keyFile() != null ? settings.keyFile() : state.state().resolve("recovery-key");
        if (last.isPresent() && !Files.exists(file)) {
            throw new YadoException(
                    ErrorCode.BACKUP_KEY_REFUSED,
                    "There is no recovery key in " + file + ", and the last backup needs recovery key "
                            + last.get().keyName()
                            + ": copy it from another replica or from where you keep it. If it is lost, put 64 other"
                            + " hexadecimal digits there; backups of before cannot be opened any more.");
        }
        return RecoveryKey.readOrMake(file);
    }

    Manifest take(BackupId id, Repository repository, Connection session, Optional<ControllerBackup> last)
            throws IOException, SQLException {
        CaHash hash = CaHash.of(ca.certificate());
        Path spool = Files.createTempFile("yado-controller-", ".dump");
        try (BackupWriter writer =
                        repository.beginEncrypted(new BackupHead(id, CloudRecord.cloud(hash), Manifest.CONTROLLER));
                BackupReader previous =
                        last.map(backup -> previous(repository, backup.id())).orElse(null)) {
            Read read = read(session, spool);
            store(writer, CloudRecord.DATABASE, spool);
            store(writer, CloudRecord.SECRETS, secrets());
            List<String> images = new ArrayList<>();
            for (String image : read.images()) {
                if (image(writer, image, Optional.ofNullable(previous))) {
                    images.add(image);
                }
            }
            CloudRecord record = new CloudRecord(CloudRecord.KIND, hash.text(), read.dump(), images);
            return writer.finish(new BackupPoint(
                    read.at(), CloudRecord.LABEL, ProtocolJson.mapper().valueToTree(record)));
        } finally {
            Files.deleteIfExists(spool);
        }
    }

    private record Read(Instant at, Dump dump, List<String> images) {}

    /** All at one instant, without anybody waiting for it. */
    private static Read read(Connection session, Path spool) throws SQLException, IOException {
        session.setAutoCommit(false);
        try (Statement statement = session.createStatement()) {
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
            Instant at;
            try (ResultSet now = statement.executeQuery("SELECT now()")) {
                now.next();
                at = now.getTimestamp(1).toInstant();
            }
            Dump dump = DatabaseDump.write(session, spool);
            List<String> images = new ArrayList<>();
            try (ResultSet found =
                    statement.executeQuery("SELECT DISTINCT sha256 FROM image WHERE state = 'READY' ORDER BY sha256")) {
                while (found.next()) {
                    images.add(found.getString(1));
                }
            }
            return new Read(at, dump, images);
        } finally {
            session.rollback();
            session.setAutoCommit(true);
        }
    }

    private byte[] secrets() throws IOException {
        Map<String, Path> kept = Map.of(
                "ca-key",
                Optional.ofNullable(environment.getProperty("yado.trust.key-file"))
                        .map(Path::of)
                        .orElse(state.state().resolve("ca-key")),
                "admin-token",
                state.adminToken(),
                "metrics-token",
                state.metricsToken());
        Map<String, String> files = new TreeMap<>();
        for (Map.Entry<String, Path> each : kept.entrySet()) {
            new SecretFile(each.getValue()).read().ifPresent(text -> files.put(each.getKey(), text));
        }
        if (!files.containsKey("ca-key")) {
            throw new YadoException(
                    ErrorCode.BACKUP_FAILED, "The key of the CA is not in " + kept.get("ca-key") + " any more.");
        }
        return ProtocolJson.mapper().writeValueAsBytes(new CloudRecord.Secrets(files));
    }

    private static void store(BackupWriter writer, DiskId disk, byte[] content) {
        try (DiskWriter out = writer.disk(disk, content.length, Optional.empty())) {
            out.write(0, ByteBuffer.wrap(content));
        }
    }

    private static void store(BackupWriter writer, DiskId disk, Path file) throws IOException {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ);
                DiskWriter out = writer.disk(disk, in.size(), Optional.empty())) {
            copy(in, out);
        }
    }

    private static void copy(FileChannel in, DiskWriter out) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        long at = 0;
        while (at < in.size()) {
            piece.clear();
            while (piece.hasRemaining() && in.read(piece, at + piece.position()) >= 0) {
                // Until the piece is full, or the file is at its end.
            }
            piece.flip();
            long length = piece.remaining();
            if (length == 0) {
                throw new IOException("a file has become shorter while it was read");
            }
            out.write(at, piece);
            at += length;
        }
    }

    /** What the backup before has is not read again: an image never changes. @return false when it is not there any more */
    private boolean image(BackupWriter writer, String sha256, Optional<BackupReader> previous) throws IOException {
        DiskId disk = CloudRecord.image(sha256);
        Optional<BackupReader.Disk> before = previous.filter(
                        reader -> reader.manifest().disk(disk).isPresent())
                .map(reader -> reader.disk(disk));
        try (FileChannel in =
                        FileChannel.open(state.state().resolve("images").resolve(sha256), StandardOpenOption.READ);
                DiskWriter out = writer.disk(disk, in.size(), before)) {
            if (before.filter(there -> there.sizeBytes() == size(in)).isPresent()
                    && out.damaged().isEmpty()) {
                out.unchanged(0, in.size());
            } else {
                copy(in, out);
            }
            return true;
        } catch (NoSuchFileException gone) {
            LOG.warn("image {} is in the database and not in its directory: the backup goes without it", sha256);
            return false;
        }
    }

    private static long size(FileChannel file) {
        try {
            return file.size();
        } catch (IOException e) {
            return -1;
        }
    }

    /** Null when it cannot be read, or not with this key: then all is read. */
    private static @Nullable BackupReader previous(Repository repository, BackupId id) {
        try {
            return repository.read(id);
        } catch (YadoException e) {
            LOG.info("the backup before, {}, does not help: {}", id, e.getMessage());
            return null;
        }
    }
}
