package dev.yado.operation;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param instance names this replica among those that share the database, see {@link ReplicaName}. A replica that comes back under
 *     its name takes up at once what it held when it died; others take it up when the lease ends
 * @param lease how long a runner that is not heard of keeps an operation
 * @param inFlight how many operations this replica works on at the same time
 * @param poll the safety net under wake-ups
 * @param unknownVersion how long an operation of a version that no replica seems to know waits for one that does: while an upgrade
 *     goes on, old and new ones run side by side
 * @param haltDirectory for tests of recovery, see {@link HaltPoint}
 */
@ConfigurationProperties("yado.operations")
public record OperationSettings(
        @DefaultValue("controller") String instance,
        @DefaultValue("30s") Duration lease,
        @DefaultValue("256") int inFlight,
        @DefaultValue("1s") Duration poll,
        @DefaultValue("10m") Duration unknownVersion,
        @Nullable Path haltDirectory) {}
