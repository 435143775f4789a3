package dev.yado.vmmd;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.BackupReader;
import dev.yado.storage.repository.CollectReport;
import dev.yado.storage.repository.Extraction;
import dev.yado.storage.repository.Manifest;
import dev.yado.storage.repository.Repository;
import dev.yado.storage.repository.RepositoryPlace;
import dev.yado.storage.repository.VerifyReport;
import dev.yado.storage.repository.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What can be done with a repository while no controller is alive: it needs the repository, and its keys, alone. */
@Command(
        name = "backup",
        description = "Works on a backup repository itself, without a controller.",
        mixinStandardHelpOptions = true,
        subcommands = {
            BackupCommand.Init.class,
            BackupCommand.ListBackups.class,
            BackupCommand.Extract.class,
            BackupFilesCommand.ListFiles.class,
            BackupFilesCommand.Cat.class,
            BackupCommand.Verify.class,
            BackupCommand.Collect.class
        })
final class BackupCommand {

    /** Which repository. */
    static final class Place {
        @Option(
                names = "--repository",
                required = true,
                paramLabel = "DIR|s3:FILE",
                description = "Its directory, or a file that says endpoint, bucket, access-key and secret-key.")
        private String place = "";

        @Option(
                names = "--keys",
                paramLabel = "FILE",
                description =
                        "The keys of an encrypted repository: lines of a tenant's id, or *, and 64 hexadecimal digits.")
        private @Nullable Path keys;

        Repository open() {
            RepositoryPlace named = new RepositoryPlace(place, keys);
            return Repository.open(named.store(), named.secrets());
        }

        /** @throws YadoException {@link ErrorCode#CONFLICT} when there is something already */
        Repository make(Duration retention) {
            RepositoryPlace named = new RepositoryPlace(place, keys);
            ObjectStore store = named.store();
            if (!store.isEmpty()) {
                throw new YadoException(
                        ErrorCode.CONFLICT,
                        "There is something in " + store.where() + " already: a repository is made where nothing is.");
            }
            return Repository.create(store, named.secrets(), retention);
        }
    }

    @Command(
            name = "init",
            description = {
                "Makes an empty repository, encrypted when there are keys. Hosts make one themselves where there is none;",
                "this one can have a lock: with --retention nobody deletes a backup before so many days have passed."
            },
            mixinStandardHelpOptions = true)
    static final class Init implements Callable<Integer> {
        @Mixin
        private final Place place = new Place();

        @Option(
                names = "--retention",
                paramLabel = "DAYS",
                defaultValue = "0",
                description = "For ever for this repository; 0: backups can be deleted at any time.")
        private int days;

        @Override
        public Integer call() {
            if (days < 0 || days > 36_500) {
                System.err.println("vmmd: --retention takes 0 to 36500 days, not " + days);
                return 2;
            }
            try (Repository made = place.make(Duration.ofDays(days))) {
                System.out.printf(
                        "repository %s in %s%s%n",
                        made.id(), made.where(), days == 0 ? "" : ", which keeps every backup for " + days + " days");
                return 0;
            } catch (YadoException e) {
                System.err.println("vmmd: " + e.code() + ": " + e.getMessage());
                System.err.println(e.code().whatToDo());
                return 1;
            }
        }
    }

    /** Errors as people read them. */
    abstract static class Work implements Callable<Integer> {
        @Mixin
        private final Place place = new Place();

        @Override
        public final Integer call() throws InterruptedException {
            try (Repository repository = place.open()) {
                return work(repository);
            } catch (YadoException e) {
                System.err.println("vmmd: " + e.code() + ": " + e.getMessage());
                System.err.println(e.code().whatToDo());
                return 1;
            } catch (IOException e) {
                System.err.println("vmmd: " + e.getMessage());
                return 1;
            }
        }

        abstract int work(Repository repository) throws IOException, InterruptedException;
    }

    @Command(
            name = "list",
            description = "Lists the backups in a repository, newest last.",
            mixinStandardHelpOptions = true)
    static final class ListBackups extends Work {
        @Override
        int work(Repository repository) {
            boolean whole = true;
            for (BackupId id : repository.list()) {
                try {
                    Manifest each = repository.manifest(id);
                    System.out.printf(
                            each.ofController()
                                    ? "%s  %s  controllers of cloud %s  %s  %d disks, %d MiB, %d MiB stored for it%s%n"
                                    : "%s  %s  VM %s  %s  %d disks, %d MiB, %d MiB stored for it%s%n",
                            id,
                            each.takenAt(),
                            each.vm(),
                            each.consistency(),
                            each.disks().size(),
                            each.sizeBytes() >> 20,
                            each.figures().storedBytes() >> 20,
                            each.retainUntil() == null ? "" : ", kept until " + each.retainUntil());
                } catch (YadoException e) {
                    whole = false;
                    System.out.printf("%s  %s: %s%n", id, e.code(), e.getMessage());
                }
            }
            return whole ? 0 : 1;
        }
    }

    @Command(
            name = "extract",
            description = {
                "Writes the disks of a backup into files, and what the VM was into vm.json.",
                "Whatever is damaged is told; nothing wrong is ever written."
            },
            mixinStandardHelpOptions = true)
    static final class Extract extends Work {
        enum Format {
            RAW,
            QCOW2
        }

        @Option(names = "--backup", required = true, paramLabel = "ID", description = "As 'list' shows it.")
        private String backup = "";

        @Option(names = "--to", required = true, paramLabel = "DIR", description = "Made when missing.")
        private Path to = Path.of("");

        @Option(names = "--disk", paramLabel = "ID", description = "Only that disk.")
        private @Nullable String disk;

        @Option(
                names = "--format",
                paramLabel = "FORMAT",
                defaultValue = "RAW",
                description = "raw (default) or qcow2, which needs qemu-img, and room for both meanwhile.")
        private Format format = Format.RAW;

        @Override
        int work(Repository repository) throws IOException, InterruptedException {
            Files.createDirectories(to);
            try (BackupReader reader = repository.read(BackupId.of(backup))) {
                Manifest manifest = reader.manifest();
                List<DiskId> disks = disk == null
                        ? manifest.disks().stream().map(Manifest.DiskMap::id).toList()
                        : List.of(DiskId.of(disk));
                for (DiskId each : disks) {
                    extract(reader.disk(each));
                }
                Files.writeString(
                        to.resolve("vm.json"),
                        ProtocolJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(manifest.spec())
                                + "\n");
            } catch (IllegalArgumentException e) {
                System.err.println("vmmd: not an id: " + e.getMessage());
                return 2;
            }
            return 0;
        }

        private void extract(BackupReader.Disk from) throws IOException, InterruptedException {
            Path raw = to.resolve(from.id() + ".raw");
            long bytes = Extraction.raw(from, raw);
            Path file = raw;
            if (format == Format.QCOW2) {
                file = to.resolve(from.id() + ".qcow2");
                convert(raw, file);
                Files.delete(raw);
            }
            System.out.printf("%s  %d MiB, %d MiB of them not zero%n", file, from.sizeBytes() >> 20, bytes >> 20);
        }

        private static void convert(Path raw, Path qcow2) throws IOException, InterruptedException {
            Process process = new ProcessBuilder(
                            "qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw.toString(), qcow2.toString())
                    .inheritIO()
                    .start();
            if (process.waitFor() != 0) {
                throw new IOException("qemu-img could not make " + qcow2 + " of " + raw + ", which is whole and stays");
            }
        }
    }

    @Command(
            name = "verify",
            description =
                    "Reads all that backups need and compares it with its digests. Exit status 1: something is damaged.",
            mixinStandardHelpOptions = true)
    static final class Verify extends Work {
        @Option(names = "--backup", paramLabel = "ID", description = "Only that one; may be repeated. Default: all.")
        private List<String> backups = List.of();

        @Override
        int work(Repository repository) {
            VerifyReport report = backups.isEmpty()
                    ? repository.verify(all(repository))
                    : repository.verify(backups.stream().map(BackupId::of).toList());
            System.out.printf(
                    "%d backups, %d chunks, %d MiB of data read%n",
                    report.backups(), report.chunks(), report.bytes() >> 20);
            for (VerifyReport.Damage each : report.damages()) {
                System.out.printf("%s Backups concerned: %s%n", each.what(), each.backups());
            }
            return report.sound() ? 0 : 1;
        }

        /** Those of controllers are opened by their recovery key alone; who has it among the keys names them. */
        private static List<BackupId> all(Repository repository) {
            return repository.list().stream()
                    .filter(id -> {
                        boolean closed = isOfController(repository, id);
                        if (closed) {
                            System.out.printf("%s is of the controllers: passed over, --backup looks at it%n", id);
                        }
                        return !closed;
                    })
                    .toList();
        }

        private static boolean isOfController(Repository repository, BackupId id) {
            try {
                return repository.manifest(id).ofController();
            } catch (YadoException e) {
                // What is wrong with it is told by the look at it.
                return false;
            }
        }
    }

    @Command(
            name = "collect",
            description = {
                "Deletes what no backup needs, beside writers that are at work.",
                "What is found now is deleted by a later call: nobody can begin to count on it meanwhile."
            },
            mixinStandardHelpOptions = true)
    static final class Collect extends Work {
        @Override
        int work(Repository repository) {
            CollectReport report = repository.collect();
            System.out.printf(
                    "%d packs deleted, %d MiB; %d to be deleted by a later call%n",
                    report.deletedPacks(), report.deletedBytes() >> 20, report.condemnedPacks());
            if (report.waitsFor() != null) {
                System.out.println("waits: " + report.waitsFor());
            }
            return 0;
        }
    }
}
