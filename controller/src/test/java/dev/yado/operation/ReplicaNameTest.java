package dev.yado.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.yado.PooledDatabase;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReplicaNameTest {

    @Test
    void aReplicaThatDiedLeavesItsNameToItsSuccessorAndNotToALivingOne() {
        try (HikariDataSource database = PooledDatabase.open();
                HikariDataSource ofTheDead = new HikariDataSource(database)) {
            ReplicaName first = new ReplicaName(ofTheDead, TestingReplica.quick("controller"));
            ReplicaName second = new ReplicaName(database, TestingReplica.quick("controller"));
            assertThat(first.get()).isEqualTo("controller");
            assertThat(second.get()).isEqualTo("controller-2");

            ofTheDead.close();

            // PostgreSQL notices the end of a connection a moment later.
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                ReplicaName successor = new ReplicaName(database, TestingReplica.quick("controller"));
                try {
                    assertThat(successor.get()).isEqualTo("controller");
                } finally {
                    successor.close();
                }
            });
            assertThat(second.get()).isEqualTo("controller-2");
            second.close();
        }
    }

    @Test
    void aNameThatWasGivenBackIsFree() {
        try (HikariDataSource database = PooledDatabase.open()) {
            ReplicaName first = new ReplicaName(database, TestingReplica.quick("controller"));
            first.get();
            first.close();
            ReplicaName next = new ReplicaName(database, TestingReplica.quick("controller"));
            assertThat(next.get()).isEqualTo("controller");
            next.close();
        }
    }
}
