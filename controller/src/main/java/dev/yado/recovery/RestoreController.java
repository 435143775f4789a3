package dev.yado.recovery;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.yado.postgres.StateDatabase;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.BackupReader;
import dev.yado.storage.repository.Keys;
import dev.yado.storage.repository.Manifest;
import dev.yado.storage.repository.Repository;
import dev.yado.storage.repository.RepositoryPlace;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code yado controller restore}: makes a state directory of a backup, on a machine that has none. */
@Command(
        name = "yado controller restore",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Makes the controllers' database, keys and images of a backup, in a state directory that has none yet.",
            "Then start a controller on it: hosts come back by their certificates, guests are not touched. No controller of the",
            "old state may be alive."
        },
        footer = {
            "",
            "Example:",
            "  yado controller restore --repository /mnt/backups --list",
            "  yado controller restore --repository /mnt/backups --recovery-key-file key --state /var/lib/yado"
        })
public final class RestoreController implements Callable<Integer> {
    @Option(
            names = "--repository",
            required = true,
            paramLabel = "DIR|s3:FILE",
            description = "A directory, or a file that says endpoint, bucket, access-key and secret-key.")
    private String place = "";

    @Option(names = "--keys", paramLabel = "FILE", description = "The keys of an encrypted repository.")
    private @Nullable Path keys;

    @Option(
            names = "--recovery-key-file",
            paramLabel = "FILE",
            description = "Holds the recovery key, 64 hexadecimal digits, and can be read by its owner alone.")
    private @Nullable Path recoveryKey;

    @Option(names = "--state", paramLabel = "DIR", description = "Where the controller will run. Made when missing.")
    private @Nullable Path state;

    @Option(names = "--backup", paramLabel = "ID", description = "As --list shows it. Default: the newest.")
    private @Nullable String backup;

    @Option(names = "--list", description = "Only list the backups of controllers that are there, newest first.")
    private boolean list;

    public static void main(String[] arguments) {
        if (LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
            root.setLevel(Level.WARN);
        }
        System.exit(new CommandLine(new RestoreController()).execute(arguments));
    }

    @Override
    public Integer call() throws InterruptedException {
        try {
            return list ? list() : restore();
        } catch (YadoException e) {
            System.err.println("yado: " + e.code() + ": " + e.getMessage());
            System.err.println(e.code().whatToDo());
        } catch (IOException | SQLException | IllegalStateException e) {
            System.err.println("yado: the restore has failed, and nothing of it is used: " + e.getMessage());
            System.err.println("Mend that and call again: what is there of it by now is made anew.");
        }
        return 1;
    }

    private int list() {
        RepositoryPlace named = new RepositoryPlace(place, keys);
        try (Repository repository = Repository.open(named.store(), named.secrets())) {
            for (Manifest each : newestFirst(repository)) {
                System.out.printf(
                        "%s  taken %s  of cloud %s  opened by recovery key %s%n",
                        each.id(), each.takenAt(), each.vm(), each.key());
            }
        }
        return 0;
    }

    private int restore() throws IOException, SQLException, InterruptedException {
        if (state == null || recoveryKey == null) {
            System.err.println("yado: --state and --recovery-key-file are needed, or --list");
            return 2;
        }
        RepositoryPlace named = new RepositoryPlace(place, keys);
        RecoveryKey key = RecoveryKey.read(recoveryKey);
        Keys all = named.secrets().with(Manifest.CONTROLLER, key.secret());
        try (Repository repository = Repository.open(named.store(), all);
                BackupReader reader = repository.read(chosen(named));
                Restoring restoring = new Restoring(reader, state, key)) {
            restoring.run(System.out);
        }
        System.out.printf("Start a controller on %s: ./yado up --state %s, say.%n", state, state);
        if (StateDatabase.isThere(state)) {
            System.out.println("The recovery key is kept there again, so that its backups go on under it.");
        }
        return 0;
    }

    private BackupId chosen(RepositoryPlace named) {
        if (backup != null) {
            try {
                return BackupId.of(backup);
            } catch (IllegalArgumentException e) {
                throw new YadoException(ErrorCode.INVALID_REQUEST, backup + " is no backup's id", e);
            }
        }
        // Without keys, so that one that another key opens is seen too.
        try (Repository repository = Repository.open(named.store(), Keys.none())) {
            List<Manifest> found = newestFirst(repository);
            if (found.isEmpty()) {
                throw new YadoException(
                        ErrorCode.NOT_FOUND, "There is no backup of a controller in " + repository.where() + ".");
            }
            List<Object> clouds =
                    found.stream().<Object>map(Manifest::vm).distinct().toList();
            if (clouds.size() > 1) {
                throw new YadoException(
                        ErrorCode.CONFLICT,
                        "There are backups of several clouds in " + repository.where() + ", " + clouds
                                + ": choose one with --backup, --list shows them.");
            }
            return found.getFirst().id();
        }
    }

    private static List<Manifest> newestFirst(Repository repository) {
        List<Manifest> found = new ArrayList<>();
        for (BackupId id : repository.list().reversed()) {
            try {
                Manifest each = repository.manifest(id);
                if (each.ofController()) {
                    found.add(each);
                }
            } catch (YadoException e) {
                System.err.println("yado: " + id + " is passed over: " + e.getMessage());
            }
        }
        return found;
    }
}
