package dev.yado.vmmd;

import dev.yado.protocol.BackupId;
import dev.yado.storage.repository.BackupReader;
import dev.yado.storage.repository.Repository;
import dev.yado.vmmd.files.BackupFiles;
import dev.yado.vmmd.files.FoundFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Single files of a backup. */
final class BackupFilesCommand {
    private BackupFilesCommand() {}

    private abstract static class OfBackup extends BackupCommand.Work {
        @Parameters(index = "0", paramLabel = "BACKUP", description = "Its id, as 'list' shows it.")
        private String backup = "";

        @Override
        int work(Repository repository) throws IOException, InterruptedException {
            BackupId id;
            try {
                id = BackupId.of(backup);
            } catch (IllegalArgumentException e) {
                System.err.println("vmmd: not an id: " + backup);
                return 2;
            }
            try (BackupReader reader = repository.read(id)) {
                work(new BackupFiles(reader));
            }
            return 0;
        }

        abstract void work(BackupFiles files) throws IOException, InterruptedException;
    }

    @Command(
            name = "files",
            description = {
                "Lists what is in a folder of a backup's disks: ext, NTFS, FAT, exFAT, HFS, APFS, SquashFS and others.",
                "Without a path: its disks and their partitions, with which paths begin, as in 0p1/etc."
            },
            mixinStandardHelpOptions = true)
    static final class ListFiles extends OfBackup {
        @Parameters(index = "1", arity = "0..1", paramLabel = "PATH", description = "As in 0p1/etc.")
        private @Nullable String path;

        @Override
        void work(BackupFiles files) throws IOException, InterruptedException {
            if (path == null) {
                for (BackupFiles.Place place : files.places()) {
                    System.out.printf("%-8s %,15d bytes%n", place.name(), place.bytes());
                }
                return;
            }
            for (FoundFile file : files.list(path)) {
                System.out.printf(
                        "%-10s %15s  %-19.19s  %s%s%s%n",
                        FoundFile.shown(file.mode()),
                        file.size() < 0 ? "" : Long.toString(file.size()),
                        FoundFile.shown(file.modified()),
                        file.shownPath(),
                        file.folder() ? "/" : "",
                        file.target() == null ? "" : " -> " + FoundFile.shown(file.target()));
            }
        }
    }

    @Command(
            name = "cat",
            description = "Writes the content of one file of a backup to standard output.",
            mixinStandardHelpOptions = true)
    static final class Cat extends OfBackup {
        @Parameters(index = "1", paramLabel = "PATH", description = "As in 0p1/etc/hostname.")
        private String path = "";

        @Override
        void work(BackupFiles files) throws IOException, InterruptedException {
            try (OutputStream out = new BufferedOutputStream(System.out, 1 << 16)) {
                files.copy(path, out);
            }
        }
    }
}
