package dev.yado.flow;

import dev.yado.backup.Backup;
import dev.yado.backup.BackupRecords;
import dev.yado.host.BackupAgents;
import dev.yado.host.Repositories;
import dev.yado.operation.Run;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.HostId;
import dev.yado.protocol.backup.BackupAnswer;
import java.time.Duration;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Has backups removed from their repositories, by any host that has those. */
@Component
class Forgetting {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(10);

    private final BackupRecords backups;
    private final BackupAgents hosts;
    private final Repositories repositories;

    Forgetting(BackupRecords backups, BackupAgents hosts, Repositories repositories) {
        this.backups = backups;
        this.hosts = hosts;
        this.repositories = repositories;
    }

    sealed interface Answer {
        record Forgotten(String detail) implements Answer {}

        record NotYet(Duration delay, String reason) implements Answer {}
    }

    Answer forget(Run run) {
        Optional<Backup> found = backups.of(new BackupId(run.target()));
        if (found.isEmpty()) {
            return new Answer.Forgotten("it was gone");
        }
        Backup backup = found.get();
        Optional<Backup> needing = backups.needing(backup);
        if (needing.isPresent()) {
            return new Answer.NotYet(
                    LOOK_AGAIN,
                    "backup " + needing.get().id() + ", which is being taken, finds its changes against it");
        }
        try {
            Optional<Answer> running = brokenOff(run, backup);
            return running.isPresent() ? running.get() : forgotten(run, backup);
        } catch (HostRefusal e) {
            return new Answer.NotYet(AFTER_REFUSAL, e.code() + ": " + e.getMessage());
        }
    }

    /** One that never was whole may still be on its way. @return what is waited for */
    private Optional<Answer> brokenOff(Run run, Backup backup) {
        HostId host = backup.host();
        if (host == null || backup.verifiedAt() != null) {
            return Optional.empty();
        }
        BackupAnswer said = hosts.backupOf(host).cancelBackup(run.fence(), backup.vm(), backup.job());
        return said.phase().over()
                ? Optional.empty()
                : Optional.of(new Answer.NotYet(LOOK_AGAIN, "host " + host + " breaks it off: " + said.phase()));
    }

    private Answer forgotten(Run run, Backup backup) {
        Optional<Repositories.At> there = repositories.withMarker(backup.marker()).stream()
                .filter(Repositories.At::usable)
                .findFirst();
        if (there.isEmpty()) {
            return new Answer.NotYet(
                    AFTER_REFUSAL,
                    ErrorCode.REPOSITORY_UNAVAILABLE + ": no host is up that can use the repository "
                            + backup.repository() + " (" + backup.marker() + ")");
        }
        Repositories.At at = there.get();
        try {
            hosts.repositoryOf(at.host())
                    .forgetBackup(run.fence(), at.repository().name(), backup.job());
        } catch (HostUnreachable e) {
            return new Answer.NotYet(LOOK_AGAIN, "host " + at.hostName() + " does not answer: " + e.getMessage());
        }
        run.had("host", at.host());
        run.had("repository", at.repository().name());
        return new Answer.Forgotten("host " + at.hostName() + " has removed it from its repository");
    }
}
