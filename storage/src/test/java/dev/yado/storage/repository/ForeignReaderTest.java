package dev.yado.storage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.storage.repository.store.DirectoryStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that knows docs/backup-format.md alone restores the same bytes. */
class ForeignReaderTest {
    private static final int BLOCK = TestingDisk.BLOCK;
    /** That of Debian, whose packages have what it needs. */
    private static final String PYTHON = "/usr/bin/python3";

    @TempDir
    private Path directory = Path.of("");

    @Test
    void restoresWhatWasBackedUp() throws Exception {
        assumeTrue(run(PYTHON, "-c", "import zstandard").isEmpty(), "needs Debian's python3-zstandard");
        Path root = directory.resolve("backups");
        Path program = Path.of(System.getProperty("yado.root", ".."), "docs", "backup-restore.py");
        TestingDisk disk = new TestingDisk(1100 * BLOCK + 512, 1);
        try (Repository repository = Repository.create(new DirectoryStore(root), Keys.none(), Duration.ZERO)) {
            Manifest first = disk.full(repository);
            disk.fillNoise(new Random(2), 900 * BLOCK + 7, 3 * BLOCK);
            Manifest second = disk.compared(repository, first.id());
            Path file = directory.resolve("disk.raw");

            String said = run(
                    PYTHON,
                    program.toString(),
                    root.toString(),
                    second.id().toString(),
                    disk.id.toString(),
                    file.toString());

            assertThat(said).isEmpty();
            assertThat(Files.readAllBytes(file)).isEqualTo(disk.content);
        }
    }

    /** What it says, standard error too. */
    private static String run(String... command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(List.of(command))
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            return "cannot be run";
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() == 0 ? said : "exit status " + process.exitValue() + ": " + said;
    }
}
