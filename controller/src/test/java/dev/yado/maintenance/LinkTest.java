package dev.yado.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LinkTest {
    private static final long ALONE = 1000;

    @Test
    void twoMovesAlwaysGoBesideEachOther() {
        assertThat(Link.hasRoom(0, List.of(), ALONE, 4)).isTrue();
        assertThat(Link.hasRoom(1, List.of(), ALONE, 4)).isTrue();
    }

    @Test
    void moreBeginOnlyWhileEachReachesMostOfWhatOneAloneDoes() {
        assertThat(Link.hasRoom(2, List.of(900L, 950L), ALONE, 4)).isTrue();
        assertThat(Link.hasRoom(2, List.of(500L, 500L), ALONE, 4))
                .as("two share a full link")
                .isFalse();
        assertThat(Link.hasRoom(3, List.of(300L, 350L, 350L), ALONE, 4)).isFalse();
    }

    @Test
    void thoseThatHaveNotBeenMeasuredYetAreWaitedFor() {
        assertThat(Link.hasRoom(2, List.of(900L), ALONE, 4)).isFalse();
        assertThat(Link.hasRoom(2, List.of(900L, 0L), ALONE, 4)).isFalse();
    }

    @Test
    void thereAreNeverMoreThanAllowed() {
        assertThat(Link.hasRoom(4, List.of(1000L, 1000L, 1000L, 1000L), ALONE, 4))
                .isFalse();
        assertThat(Link.hasRoom(1, List.of(), ALONE, 1)).isFalse();
    }
}
