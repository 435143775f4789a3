package dev.yado.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ProgramTest {
    private static final int SIGKILL = 9;

    @TempDir
    Path directory;

    private ProcessWatcher watcher;
    private Path log;

    @BeforeEach
    void start() throws IOException {
        watcher = ProcessWatcher.start();
        log = Files.createFile(directory.resolve("log"));
    }

    @AfterEach
    void close() {
        watcher.close();
    }

    private PidFd run(List<Inheritable> given, String script) throws IOException {
        return new Program(List.of("sh", "-c", script), directory, log, given).start(watcher);
    }

    private ExitStatus end(PidFd child) throws Exception {
        try (child) {
            child.await();
            return child.reap().orElseThrow();
        }
    }

    @Test
    void tellsTheExactExitCode() throws Exception {
        assertThat(end(run(List.of(), "exit 137"))).isEqualTo(new ExitStatus.Exited(137));
    }

    @Test
    void tellsTheSignalAndLeavesNoZombie() throws Exception {
        PidFd child = run(List.of(), "read never");
        PidFd sleeper = new Program(List.of("sleep", "1000"), directory, log, List.of()).start(watcher);
        sleeper.signal(SIGKILL);

        assertThat(end(sleeper)).isEqualTo(new ExitStatus.Signalled(SIGKILL));
        assertThat(end(child)).isEqualTo(new ExitStatus.Exited(1));
        assertThat(ProcFs.ofHost().process(sleeper.identity().pid())).isEmpty();
    }

    @Test
    void ofAProcessThatIsNotOursNoStatusIsToBeHad() throws Exception {
        try (PidFd other = watcher.open(ProcFs.ofHost().identity(1).orElseThrow())) {
            assertThat(other.reap()).isEmpty();
        }
    }

    @Test
    void runsInItsDirectoryAndSessionWithNothingButThePath() throws Exception {
        Files.writeString(log, "before\n");

        end(run(
                List.of(),
                "pwd; tr '\\0' '\\n' </proc/$$/environ; set -- $(cat /proc/$$/stat); echo $1 $6; echo oops >&2"));

        List<String> said = Files.readAllLines(log);
        assertThat(said)
                .startsWith("before", directory.toRealPath().toString(), "PATH=" + Program.PATH)
                .endsWith("oops");
        String[] pidAndSession = said.get(said.size() - 2).split(" ");
        assertThat(pidAndSession[0]).isEqualTo(pidAndSession[1]);
    }

    @Test
    void hasWhatItIsGivenInOrderAndNothingElse() throws Exception {
        List<RandomAccessFile> leaks = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            leaks.add(new RandomAccessFile(
                    Files.createFile(directory.resolve("leak" + i)).toFile(), "rw"));
        }
        Path first = Files.writeString(directory.resolve("first"), "");
        Path second = Files.writeString(directory.resolve("second"), "");
        try (Descriptor one = Descriptor.openReadWrite(first);
                Descriptor two = Descriptor.openReadWrite(second)) {
            PidFd child = new Program(List.of("sleep", "1000"), directory, log, List.of(two, one)).start(watcher);
            try {
                Path fds = Path.of("/proc", Long.toString(child.identity().pid()), "fd");
                List<String> open = new ArrayList<>();
                try (var entries = Files.newDirectoryStream(fds)) {
                    for (Path entry : entries) {
                        open.add(entry.getFileName() + " "
                                + Files.readSymbolicLink(entry).getFileName());
                    }
                }
                assertThat(open).containsExactlyInAnyOrder("0 null", "1 log", "2 log", "3 second", "4 first");
            } finally {
                child.signal(SIGKILL);
                end(child);
            }
        } finally {
            for (RandomAccessFile leak : leaks) {
                leak.close();
            }
        }
    }

    @Test
    void saysWhatCannotBeExecuted() {
        Program absent = new Program(List.of("/nowhere/program"), directory, log, List.of());

        assertThatThrownBy(() -> absent.start(watcher))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/nowhere/program")
                .hasMessageContaining("ENOENT");
    }
}
