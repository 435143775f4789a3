package dev.yado.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.Mebibytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcFsTest {
    private final ProcFs proc = ProcFs.ofHost();

    @TempDir
    Path directory;

    @Test
    void tellsOfALiveProcess() throws Exception {
        Process started =
                new ProcessBuilder("sleep", "300").directory(directory.toFile()).start();
        try (RunningChild child = new RunningChild(started)) {
            ProcessInfo info = proc.process(child.pid()).orElseThrow();
            assertThat(info.commandLine()).containsExactly("sleep", "300");
            assertThat(info.name()).isEqualTo("sleep");
            assertThat(info.workingDirectory()).isEqualTo(directory.toRealPath());
            assertThat(info.zombie()).isFalse();
        }
    }

    @Test
    void tellsWhatAProcessUses() {
        ProcessInfo self = proc.process(ProcessHandle.current().pid()).orElseThrow();
        assertThat(self.resident()).isGreaterThan(new Mebibytes(20));
        assertThat(self.cpu()).isPositive();
    }

    @Test
    void anEmptyArgumentCounts() throws Exception {
        try (RunningChild child = RunningChild.of("sh", "-c", "read wait", "", "")) {
            assertThat(proc.process(child.pid()).orElseThrow().commandLine())
                    .containsExactly("sh", "-c", "read wait", "", "");
        }
    }

    @Test
    void knowsAZombie() throws Exception {
        // The shell turns into a sleep that never reaps the child it does not know of.
        try (RunningChild parent = RunningChild.of("sh", "-c", "sleep 0 & exec sleep 300")) {
            await().until(() -> parent.process()
                    .children()
                    .anyMatch(child ->
                            proc.process(child.pid()).map(ProcessInfo::zombie).orElse(false)));
        }
    }

    @Test
    void findsProcessesByCommandLine() throws Exception {
        String mark = UUID.randomUUID().toString();
        try (RunningChild child = RunningChild.of("sh", "-c", "read wait", mark)) {
            List<ProcessInfo> found = proc.scan(command -> command.contains(mark));
            assertThat(found).extracting(ProcessInfo::pid).containsExactly(child.pid());
        }
    }

    @Test
    void aProcessThatIsNotThereIsEmpty() {
        assertThat(proc.process(Integer.MAX_VALUE)).isEmpty();
    }

    @Test
    void tellsOfTheHost() throws IOException {
        assertThat(UUID.fromString(proc.bootId())).isNotNull();
        assertThat(proc.onlineCpus())
                .isGreaterThanOrEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(proc.memory().available()).isLessThanOrEqualTo(proc.memory().total());
        assertThat(proc.cpuModel()).isNotBlank();
    }

    @Test
    void readsANameThatLooksLikeTheEndOfItself() throws IOException {
        Path process = Files.createDirectories(directory.resolve("42"));
        Files.writeString(
                process.resolve("stat"),
                "42 (a) R (b) S 1 42 42 0 -1 4194560 93 0 0 0 150 50 0 0 20 0 1 0 777 6098944 512 1844 1 1");
        Files.createFile(process.resolve("cmdline"));
        ProcessInfo info = new ProcFs(directory).process(42).orElseThrow();
        assertThat(info.name()).isEqualTo("a) R (b");
        assertThat(info.state()).isEqualTo('S');
        assertThat(info.startTicks()).isEqualTo(777);
        assertThat(info.cpu()).isEqualTo(Duration.ofSeconds(2));
        assertThat(info.resident()).isEqualTo(new Mebibytes(2));
    }
}
