package dev.yado.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.Mebibytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CgroupsTest {
    @TempDir
    Path directory;

    @Test
    void holdsTheProcessesPutIntoItAndGoesWhenTheyHaveGone() throws Exception {
        try (TestingCgroup host = TestingCgroup.ofThisMachine();
                RunningChild child = RunningChild.sleeping()) {
            host.cgroup().add(child.pid());
            host.cgroup().shareCpu(4);
            assertThat(host.cgroup().processes()).containsExactly(child.pid());
            assertThat(host.cgroup().remove()).isFalse();
            child.close();
            await().until(host.cgroup()::remove);
            assertThat(host.cgroup().remove()).isTrue();
        }
    }

    @Test
    void isFoundAgainByItsName() throws Exception {
        try (TestingCgroup host = TestingCgroup.ofThisMachine();
                RunningChild child = RunningChild.sleeping()) {
            host.cgroup().add(child.pid());
            assertThat(host.cgroups().names()).containsExactly(TestingCgroup.VM);
            Cgroup again = (Cgroup) host.cgroups().create(TestingCgroup.VM);
            assertThat(again.processes()).containsExactly(child.pid());
        }
    }

    @Test
    void treeOfAHostGoesWithItsLastVm() throws Exception {
        try (TestingCgroup host = TestingCgroup.ofThisMachine()) {
            host.cgroups().removeUnused();
            assertThat(host.cgroups().names()).containsExactly(TestingCgroup.VM);
            await().until(host.cgroup()::remove);
            host.cgroups().removeUnused();
            for (String controller : new String[] {"", "unified", "memory", "cpu"}) {
                assertThat(Path.of("/sys/fs/cgroup", controller, "yado", host.hostTag()))
                        .doesNotExist();
            }
        }
    }

    @Test
    void countsWhatTheOomKillerDoes() throws Exception {
        try (TestingCgroup host = TestingCgroup.ofThisMachine()) {
            assertThat(host.cgroup().oomKills()).hasValue(0);
            try (RunningChild glutton = host.gluttonWith(new Mebibytes(16))) {
                assertThat(glutton.exitStatus()).isNotZero();
                assertThat(host.cgroup().oomKills()).hasValue(1);
            }
        }
    }

    @Test
    void aHostWithoutControllersSaysSo() {
        assertThat(new Cgroups(directory, "host").create("vm"))
                .isInstanceOfSatisfying(
                        CgroupUnavailable.class,
                        answer -> assertThat(answer.reason())
                                .isEqualTo("no memory controller is mounted under " + directory));
    }

    @Test
    void whatThisUserMayNotMakeIsUnavailableWithAReason() throws IOException {
        Path notADirectory = Files.createDirectories(directory.resolve("memory"));
        Files.createFile(notADirectory.resolve("memory.limit_in_bytes"));
        Files.createFile(notADirectory.resolve("yado"));
        assertThat(new Cgroups(directory, "host").create("vm"))
                .isInstanceOfSatisfying(
                        CgroupUnavailable.class,
                        answer -> assertThat(answer.reason()).startsWith("no cgroup can be made: "));
    }

    @Test
    void versionTwoHandsControllersDownAndIsPreferred() throws IOException {
        unified("", "cpu memory pids", "cpu");
        unified("yado", "cpu memory", "");
        unified("yado/host", "cpu memory", "");
        Path own = unified("yado/host/vm", "cpu memory", "");
        Files.createFile(own.resolve("cgroup.procs"));
        Files.writeString(own.resolve("memory.events"), "low 0\noom 3\noom_kill 2\n");
        Cgroup cgroup = (Cgroup) new Cgroups(directory, "host").create("vm");
        cgroup.limitMemory(new Mebibytes(64));
        cgroup.shareCpu(3);
        assertThat(directory.resolve("cgroup.subtree_control")).hasContent("+memory");
        assertThat(directory.resolve("yado/host/cgroup.subtree_control")).hasContent("+cpu");
        assertThat(own.resolve("memory.max")).hasContent("67108864");
        assertThat(own.resolve("cpu.weight")).hasContent("300");
        assertThat(cgroup.oomKills()).isEqualTo(OptionalLong.of(2));
    }

    @Test
    void aNameCannotLeadElsewhere() {
        assertThatThrownBy(() -> new Cgroups(directory, "host").create("../vm"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private Path unified(String path, String controllers, String enabled) throws IOException {
        Path made = Files.createDirectories(directory.resolve(path));
        Files.writeString(made.resolve("cgroup.controllers"), controllers + "\n");
        Files.writeString(made.resolve("cgroup.subtree_control"), enabled + "\n");
        return made;
    }
}
