package dev.yado.flow;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several controllers on one database, of which some die. */
@Timeout(180)
class ReplicasTest {
    private static final int OPERATIONS = 10_000;
    private static final int AT_ONCE = 250;

    private final TestingCloud cloud = new TestingCloud();

    @AfterEach
    void close() {
        cloud.close();
    }

    /** The seed is in the message of whatever fails. */
    @Test
    void noneOfTenThousandIsLostAndNoneIsDoneTwiceAlthoughOneOfTwoDiesAgainAndAgain() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        cloud.jdbc().execute(RecordingFlow.TABLE);
        ControllerReplica steady = cloud.replica("steady", Interference.NONE, RecordingFlow.class);
        ControllerReplica mortal = cloud.replica("mortal", Interference.NONE, RecordingFlow.class);
        int deaths = 0;
        for (int begun = 0; begun < OPERATIONS; begun += AT_ONCE) {
            begin(begun / AT_ONCE % 2 == 0 || !mortal.alive() ? steady : mortal);
            if (random.nextInt(6) == 0 && deaths < 8) {
                mortal.die();
                mortal.close();
                // Back under its own name, which has leases, or another's, who waits for their end.
                mortal = cloud.replica(
                        random.nextBoolean() ? "mortal" : "heir-" + deaths, Interference.NONE, RecordingFlow.class);
                deaths++;
            }
        }
        while (deaths < 3) {
            mortal.die();
            mortal.close();
            mortal = cloud.replica("heir-" + deaths++, Interference.NONE, RecordingFlow.class);
        }

        await("all have ended, seed " + seed)
                .atMost(120, SECONDS)
                .until(() -> count("SELECT count(*) FROM operation " + "WHERE ended_at IS NULL") == 0);
        assertThat(count("SELECT count(*) FROM operation WHERE status = 'SUCCEEDED'"))
                .as("seed %d, %d deaths", seed, deaths)
                .isEqualTo(OPERATIONS);
        assertThat(count("SELECT count(*) FROM recorded")).isEqualTo(2L * OPERATIONS);
        assertThat(count("SELECT count(*) FROM (SELECT DISTINCT operation, step FROM recorded) d"))
                .isEqualTo(2L * OPERATIONS);
    }

    private static void begin(ControllerReplica replica) {
        replica.transactions()
                .executeWithoutResult(_ -> IntStream.range(0, AT_ONCE)
                        .forEach(_ ->
                                replica.operations().begin(RecordingFlow.KIND, null, UUID.randomUUID(), Map.of())));
    }

    private long count(String sql) {
        return Objects.requireNonNull(cloud.jdbc().queryForObject(sql, Long.class));
    }
}
