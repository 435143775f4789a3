package dev.yado.recovery;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param repository a directory, or {@code s3:FILE}; null: the controllers are not backed up by themselves
 * @param repositoryKeys of that repository, where it is encrypted
 * @param keyFile the recovery key; default {@code <yado.state>/recovery-key}. All replicas have the same
 * @param every between two backups
 * @param first how old a new cloud is when its first backup is taken
 * @param grace how long after its time a backup may take before it is overdue
 * @param keep so many backups, the newest ones
 */
@ConfigurationProperties("yado.controller-backup")
record RecoverySettings(
        @Nullable String repository,
        @Nullable Path repositoryKeys,
        @Nullable Path keyFile,
        @DefaultValue("12h") Duration every,
        @DefaultValue("10m") Duration first,
        @DefaultValue("2h") Duration grace,
        @DefaultValue("30") int keep) {}
