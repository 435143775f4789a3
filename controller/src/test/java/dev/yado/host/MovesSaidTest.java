package dev.yado.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.MigrationFacts;
import dev.yado.protocol.MigrationFacts.SharedPool;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MovesSaidTest {
    private static final UUID MARKER = UUID.randomUUID();

    @Test
    void aLittleMoreOrLessRoomInASharedPoolIsNoNews() {
        assertThat(said(pool(1000, null))).isEqualTo(said(pool(1001, null)));
        assertThat(said(pool(1000, null))).isNotEqualTo(said(pool(2000, null)));
        assertThat(said(pool(1000, null))).isNotEqualTo(said(pool(1000, "not mounted")));
    }

    @Test
    void readsTheSameInWhateverOrderTheMapComes() {
        var facts = new MigrationFacts(
                "",
                List.of(),
                Map.of(Accelerator.TCG, List.of("a"), Accelerator.KVM, List.of("b")),
                "",
                List.of(),
                true);

        MovesSaid said = Objects.requireNonNull(MovesSaid.of(facts));

        assertThat(said.cpuModels().keySet()).containsExactly(Accelerator.values());
    }

    private static @Nullable MovesSaid said(SharedPool pool) {
        return MovesSaid.of(new MigrationFacts("", List.of(), Map.of(), "", List.of(pool), true));
    }

    private static SharedPool pool(long free, @Nullable String problem) {
        return new SharedPool("nfs", MARKER, new Mebibytes(32_000), new Mebibytes(free), problem);
    }
}
