package dev.yado.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.kernel.OomEvidence.Answer;
import dev.yado.protocol.Mebibytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class OomEvidenceTest {
    private static final CgroupAnswer NONE = new CgroupUnavailable("none");

    @TempDir
    Path directory;

    @Test
    void theCgroupsCounterTellsOfAKill() throws Exception {
        try (TestingCgroup host = TestingCgroup.ofThisMachine();
                RunningChild glutton = host.gluttonWith(new Mebibytes(16))) {
            glutton.exitStatus();
            OomEvidence evidence = OomEvidence.of(glutton.pid(), host.cgroup(), 0);
            assertThat(evidence).isEqualTo(new OomEvidence(Answer.KILLED, "the cgroup's oom_kill went from 0 to 1"));
        }
    }

    @Test
    void aProcessThatWasKilledOtherwiseIsNoVictim() throws Exception {
        try (TestingCgroup host = TestingCgroup.ofThisMachine();
                RunningChild child = RunningChild.sleeping()) {
            host.cgroup().add(child.pid());
            child.close();
            assertThat(OomEvidence.of(child.pid(), host.cgroup(), 0).answer()).isEqualTo(Answer.NOT_KILLED);
        }
    }

    @Test
    void withoutACgroupTheKernelLogTells() throws Exception {
        try (TestingCgroup host = TestingCgroup.ofThisMachine();
                RunningChild glutton = host.gluttonWith(new Mebibytes(16))) {
            glutton.exitStatus();
            OomEvidence evidence = OomEvidence.of(glutton.pid(), NONE, 0);
            assertThat(evidence.answer()).isIn(Answer.KILLED, Answer.UNKNOWN);
            assertThat(evidence.source()).containsPattern("Killed process " + glutton.pid() + "|not permitted|denied");
        }
    }

    @Test
    void aLogWithoutTheProcessClearsIt() throws IOException {
        Path log = Files.writeString(directory.resolve("kmsg"), "6,1,2,-;Killed process 4711 (qemu) total-vm:1kB\n");
        assertThat(OomEvidence.of(471, NONE, 0, log).answer()).isEqualTo(Answer.NOT_KILLED);
        assertThat(OomEvidence.of(4711, NONE, 0, log).source())
                .isEqualTo("kernel log: Killed process 4711 (qemu) total-vm:1kB");
    }

    @Test
    void withNeitherNothingIsClaimed() {
        OomEvidence evidence = OomEvidence.of(1, NONE, 0, directory.resolve("kmsg"));
        assertThat(evidence.answer()).isEqualTo(Answer.UNKNOWN);
        assertThat(evidence.source()).contains("ENOENT");
    }
}
