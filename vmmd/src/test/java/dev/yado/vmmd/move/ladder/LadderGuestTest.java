package dev.yado.vmmd.move.ladder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.vmmd.move.ladder.TestingPair.Result;
import dev.yado.vmmd.qmp.MigrationStatistics.Status;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Real QEMUs. The guest looks at every page before it writes to it again. */
@Tag("guest")
class LadderGuestTest {
    private static final Abilities ALL = new Abilities(true, true, true, true, 1);

    @Test
    void quietGuestGoesWithNothingButTheLink() throws IOException, InterruptedException {
        try (TestingPair pair = new TestingPair(512, "8 100")) {
            Result result = pair.migrate(MigrationGoal.DEFAULT, ALL, 512L << 20);
            assertThat(result.status()).isEqualTo(Status.COMPLETED);
            assertThat(result.kinds()).as("%s", result).containsExactly(Rung.Kind.BANDWIDTH);
            assertThat(pair.wrongPages(true)).isZero();
        }
    }

    @Test
    void hotGuestIsSlowedDownUntilALinkThatIsTooSlowForItGetsAhead() throws IOException, InterruptedException {
        try (TestingPair pair = new TestingPair(512, "128 30000 4096 0 busy")) {
            MigrationGoal goal = new MigrationGoal(100, 120, true, false, 60);
            Result result = pair.migrate(goal, ALL, 512L << 20);
            assertThat(result.status()).as("%s", result).isEqualTo(Status.COMPLETED);
            assertThat(result.did(Rung.Kind.THROTTLE)).as("%s", result).isTrue();
            assertThat(result.took()).as("%s", result).isLessThan(Duration.ofSeconds(60));
            assertThat(pair.wrongPages(true)).isZero();
        }
    }

    @Test
    void hotGuestIsFollowedByItsMemoryWhereItMayNotBeSlowedDown() throws IOException, InterruptedException {
        try (TestingPair pair = new TestingPair(512, "128 30000")) {
            MigrationGoal goal = new MigrationGoal(100, 120, false, true, 60);
            Result result = pair.migrate(goal, ALL, 512L << 20);
            assertThat(result.status()).as("%s", result).isEqualTo(Status.COMPLETED);
            assertThat(result.did(Rung.Kind.POST_COPY)).as("%s", result).isTrue();
            assertThat(pair.wrongPages(true)).isZero();
        }
    }

    @Test
    void hotGuestStaysAtTheDeadlineWhereNothingIsAllowed() throws IOException, InterruptedException {
        try (TestingPair pair = new TestingPair(512, "128 30000")) {
            MigrationGoal goal = new MigrationGoal(100, 12, false, false, 60);
            Result result = pair.migrate(goal, ALL, 512L << 20);
            assertThat(result.status()).as("%s", result).isEqualTo(Status.CANCELLED);
            assertThat(result.took()).isBetween(Duration.ofSeconds(12), Duration.ofSeconds(15));
            assertThat(pair.wrongPages(false)).isZero();
        }
    }
}
