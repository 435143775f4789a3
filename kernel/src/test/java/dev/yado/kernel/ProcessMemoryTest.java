package dev.yado.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.kernel.ProcessMemory.Backing;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ProcessMemoryTest {
    private static final int PAGE = ProcessMemory.PAGE_BYTES;

    @Test
    void seesWhatAnotherHasWritten() throws IOException {
        try (Arena arena = Arena.ofConfined();
                ProcessMemory self = ProcessMemory.open(ProcessHandle.current().pid())) {
            MemorySegment page = arena.allocate(PAGE, PAGE);
            page.set(ValueLayout.JAVA_INT, 0, 0x79616430);
            ByteBuffer seen = ByteBuffer.allocateDirect(PAGE);

            self.read(page.address(), seen);

            assertThat(self.backing(page.address())).isEqualTo(Backing.RAM);
            assertThat(seen.order(java.nio.ByteOrder.nativeOrder()).getInt()).isEqualTo(0x79616430);
        }
    }

    @Test
    void givesTheLargestRegionsFirstAndNoMoreThanItTakes() throws IOException {
        try (ProcessMemory self = ProcessMemory.open(ProcessHandle.current().pid())) {
            var one = self.largest(1);
            var several = self.largest(one.getFirst().bytes() + 1);

            assertThat(one).hasSize(1);
            assertThat(several).hasSizeGreaterThan(1).startsWith(one.getFirst());
            assertThat(several.get(0).bytes())
                    .isGreaterThanOrEqualTo(several.get(1).bytes());
        }
    }

    @Test
    void refusesAProcessThatIsGone() throws Exception {
        Process over = new ProcessBuilder("true").start();
        over.waitFor();
        assertThatThrownBy(() -> ProcessMemory.open(over.pid())).isInstanceOf(IOException.class);
    }
}
