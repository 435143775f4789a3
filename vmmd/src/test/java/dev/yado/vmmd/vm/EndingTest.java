package dev.yado.vmmd.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.Cause;
import dev.yado.protocol.ObservedState;
import dev.yado.vmmd.qemu.ProcessEnd;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EndingTest {
    private static final List<String> TERMINATED =
            List.of("qemu-system-x86_64: terminating on signal 15 from pid 7 (sh)");

    @Test
    void kernelsEvidenceOutweighsEverything() {
        assertThat(cause(new ProcessEnd.Signalled(9), null, "oom", List.of())).isEqualTo(Cause.Code.OOM_KILLED);
        assertThat(cause(new ProcessEnd.Unknown(), null, "oom", TERMINATED)).isEqualTo(Cause.Code.OOM_KILLED);
    }

    @Test
    void signalIsNamed() {
        Ending ending = Ending.ofProcess(new ProcessEnd.Signalled(31), null, Optional.empty(), List.of());
        assertThat(ending.cause().code()).isEqualTo(Cause.Code.PROCESS_KILLED);
        assertThat(ending.cause().detail()).contains("SIGSYS");
    }

    @Test
    void signalThatQemuHeardIsAKillToo() {
        assertThat(cause(new ProcessEnd.Exited(0), "host-signal", null, List.of()))
                .isEqualTo(Cause.Code.PROCESS_KILLED);
        assertThat(cause(new ProcessEnd.Unknown(), null, null, TERMINATED)).isEqualTo(Cause.Code.PROCESS_KILLED);
    }

    @Test
    void exitWithAnErrorHasQemusLastWords() {
        Ending ending = Ending.ofProcess(new ProcessEnd.Exited(1), null, Optional.empty(), List.of("no such device"));
        assertThat(ending.cause().code()).isEqualTo(Cause.Code.PROCESS_ERROR);
        assertThat(ending.cause().detail()).contains("exit code 1", "no such device");
    }

    @Test
    void processOfAnEarlierDaemonThatSaidNothingVanished() {
        assertThat(cause(new ProcessEnd.Unknown(), null, null, List.of())).isEqualTo(Cause.Code.PROCESS_VANISHED);
    }

    private static Cause.Code cause(
            ProcessEnd end, @Nullable String shutdownReason, @Nullable String outOfMemory, List<String> words) {
        Ending ending = Ending.ofProcess(end, shutdownReason, Optional.ofNullable(outOfMemory), words);
        assertThat(ending.state()).isEqualTo(ObservedState.CRASHED);
        return ending.cause().code();
    }
}
