package dev.yado.flow;

import dev.yado.backup.Backup;
import dev.yado.backup.BackupRecords;
import dev.yado.host.BackupAgents;
import dev.yado.host.Fleet;
import dev.yado.host.Repositories;
import dev.yado.migration.Migrations;
import dev.yado.operation.Run;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.Done;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.operation.StepResult.Overtaken;
import dev.yado.operation.StepResult.Wait;
import dev.yado.operation.Undo;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.HostId;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.vm.Sight;
import dev.yado.vm.VmRecords;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;

/** Has the host of a VM take a backup, and follows it. Where the VM has gone elsewhere meanwhile, that host takes it anew. */
@Component
class Taking {
    private static final Duration SOONEST_PROGRESS = Duration.ofMillis(50);
    private static final Duration PROGRESS = Duration.ofMillis(500);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofSeconds(5);
    private static final int MOST_ATTEMPTS = 5;
    /** What another attempt may mend. */
    private static final Set<ErrorCode> PASSES = Set.of(
            ErrorCode.BACKUP_FAILED,
            ErrorCode.CONFLICT,
            ErrorCode.REPOSITORY_UNAVAILABLE,
            ErrorCode.CANCELLED,
            ErrorCode.UNAVAILABLE);

    private final BackupRecords backups;
    private final BackupAgents hosts;
    private final Repositories repositories;
    private final Fleet fleet;
    private final VmRecords vms;
    private final Migrations migrations;

    Taking(
            BackupRecords backups,
            BackupAgents hosts,
            Repositories repositories,
            Fleet fleet,
            VmRecords vms,
            Migrations migrations) {
        this.backups = backups;
        this.hosts = hosts;
        this.repositories = repositories;
        this.fleet = fleet;
        this.vms = vms;
        this.migrations = migrations;
    }

    /** What came of the call. */
    sealed interface Answer {
        record Said(Backup backup, BackupAnswer what) implements Answer {}

        record Refused(Backup backup, ErrorCode code, String detail) implements Answer {}

        record Silent(Backup backup, String detail) implements Answer {}

        /** The VM is on another host than the one that was to take it. */
        record Elsewhere(Backup backup) implements Answer {}

        /** It is not to be taken any more. */
        record Over(ErrorCode code, String why) implements Answer {}
    }

    /** Where a backup can be begun now, or what is waited for. */
    private sealed interface Place {
        record There(HostId host) implements Place {}

        record NotYet(String reason) implements Place {}

        record Never(ErrorCode code, String why) implements Place {}
    }

    <S extends Enum<S>> StepResult<S> prepare(Run run, S next) {
        Backup backup = backups.lock(backup(run)).orElse(null);
        if (backup == null || backup.state() != Backup.State.TAKING) {
            return new Overtaken<>("the backup is not wanted any more");
        }
        if (backup.host() != null) {
            return new Advance<>(next, "it has been prepared already");
        }
        return switch (place(backup)) {
            case Place.There(HostId host) -> {
                Backup begun = backups.attempt(backup, host);
                tell(run, begun);
                yield new Advance<>(next, "host " + host + " takes it");
            }
            case Place.NotYet(String reason) -> new Wait<>(LOOK_AGAIN, reason, Fleet.CAPACITY);
            case Place.Never(ErrorCode code, String why) -> new GiveUp<>(code, why);
        };
    }

    private static void tell(Run run, Backup backup) {
        run.had("vm", backup.vm());
        run.gave("job", backup.job());
        if (backup.previous() != null) {
            run.gave("changesSince", backup.previous());
        }
    }

    private Place place(Backup backup) {
        Optional<Sight> sight = vms.sight(backup.vm());
        if (sight.isEmpty() || sight.get().desired() == DesiredState.DELETED) {
            return new Place.Never(ErrorCode.CONFLICT, "VM " + backup.vmName() + " was deleted meanwhile");
        }
        if (migrations.undecided(backup.vm()).isPresent()) {
            return new Place.NotYet("VM " + backup.vmName() + " moves: it is backed up where it arrives");
        }
        Optional<HostId> host = fleet.hostOf(backup.vm());
        if (host.isEmpty()) {
            return new Place.Never(ErrorCode.CONFLICT, "VM " + backup.vmName() + " has no host any more");
        }
        Optional<Repositories.At> repository = repositories.of(host.get()).stream()
                .filter(each -> each.repository().marker().equals(backup.marker())
                        && each.repository().name().equals(backup.repository()))
                .findFirst();
        if (repository.isEmpty()) {
            return new Place.NotYet(ErrorCode.REPOSITORY_UNAVAILABLE + ": host " + host.get()
                    + " does not have the repository " + backup.repository() + " (" + backup.marker() + ")");
        }
        Repositories.At there = repository.get();
        if (!there.alive()) {
            return new Place.NotYet(ErrorCode.HOST_UNREACHABLE + ": host " + there.hostName() + " is silent");
        }
        return new Place.There(host.get());
    }

    /** Begins it, or looks how far it is: to the host that is one call. */
    Answer take(Run run) {
        Backup backup = backups.of(backup(run)).orElse(null);
        if (backup == null || backup.state() != Backup.State.TAKING) {
            return new Answer.Over(ErrorCode.CANCELLED, "the backup is not wanted any more");
        }
        Optional<Sight> sight = vms.sight(backup.vm());
        if (sight.isEmpty() || sight.get().desired() == DesiredState.DELETED) {
            return new Answer.Over(ErrorCode.CONFLICT, "VM " + backup.vmName() + " was deleted meanwhile");
        }
        HostId host = backup.host();
        if (host == null || !fleet.hostOf(backup.vm()).equals(Optional.of(host))) {
            return new Answer.Elsewhere(backup);
        }
        try {
            return new Answer.Said(backup, hosts.backupOf(host).putBackup(run.fence(), backup.vm(), backup.toDo()));
        } catch (HostRefusal e) {
            return new Answer.Refused(backup, e.code(), String.valueOf(e.getMessage()));
        } catch (HostUnreachable e) {
            return new Answer.Silent(backup, String.valueOf(e.getMessage()));
        }
    }

    <S extends Enum<S>> StepResult<S> taken(Run run, Answer answer) {
        return switch (answer) {
            case Answer.Over(ErrorCode code, String why) ->
                code == ErrorCode.CANCELLED ? new Overtaken<>(why) : new GiveUp<>(code, why);
            case Answer.Silent(Backup backup, String detail) ->
                new Wait<>(LOOK_AGAIN, "host " + backup.host() + " does not answer: " + detail);
            case Answer.Elsewhere(Backup backup) -> again(run, backup, "it is on another host now", false);
            case Answer.Refused(Backup backup, ErrorCode code, String detail) -> refused(run, backup, code, detail);
            case Answer.Said(Backup backup, BackupAnswer said) -> {
                backups.said(backup.id(), said);
                yield went(run, backup, said);
            }
        };
    }

    private <S extends Enum<S>> StepResult<S> went(Run run, Backup backup, BackupAnswer said) {
        run.gave("phase", said.phase());
        return switch (said.phase()) {
            case PREPARING, COPYING, VERIFYING -> new Wait<>(lookAt(backup), BackupText.underWay(backup, said));
            case DONE -> {
                backups.available(backup.id(), said);
                BackupText.figures(said).forEach(run::gave);
                yield new Done<>(BackupText.result(said));
            }
            case FAILED, CANCELLED -> {
                BackupAnswer.Failure failure = said.failure();
                ErrorCode code = failure == null ? ErrorCode.BACKUP_FAILED : failure.code();
                String detail = failure == null ? "the host has not said why" : failure.detail();
                yield PASSES.contains(code)
                        ? again(run, backup, code + ": " + detail, true)
                        : new GiveUp<>(code, detail);
            }
        };
    }

    /** A small backup takes some tenths of a second: what takes longer is looked at more seldom. */
    private static Duration lookAt(Backup backup) {
        Duration soon = Duration.between(backup.createdAt(), Instant.now()).dividedBy(4);
        return soon.compareTo(SOONEST_PROGRESS) < 0 ? SOONEST_PROGRESS : soon.compareTo(PROGRESS) > 0 ? PROGRESS : soon;
    }

    private <S extends Enum<S>> StepResult<S> refused(Run run, Backup backup, ErrorCode code, String detail) {
        return switch (code) {
            // It starts, stops, comes or goes; or what is left of an earlier backup is still being broken off.
            case CONFLICT -> new Wait<>(LOOK_AGAIN, detail);
            case REPOSITORY_UNAVAILABLE ->
                new Wait<>(BETWEEN_ATTEMPTS, ErrorCode.REPOSITORY_UNAVAILABLE + ": " + detail);
            case STALE_GENERATION -> new Wait<>(LOOK_AGAIN, detail);
            case NOT_FOUND -> again(run, backup, detail, true);
            default -> new GiveUp<>(code, detail);
        };
    }

    /** @param counts a failure, of which there may be a few only; that the VM has gone elsewhere is none */
    private <S extends Enum<S>> StepResult<S> again(Run run, Backup backup, String why, boolean counts) {
        if (counts && backup.attempts() >= MOST_ATTEMPTS) {
            return new GiveUp<>(
                    ErrorCode.BACKUP_FAILED, "attempt " + backup.attempts() + " has failed like those before: " + why);
        }
        return switch (place(backup)) {
            case Place.There(HostId host) -> {
                Backup begun = backups.attempt(backup, host);
                tell(run, begun);
                yield new Wait<>(
                        counts && host.equals(backup.host()) ? BETWEEN_ATTEMPTS : PROGRESS,
                        "attempt " + begun.attempts() + " begins on host " + host + ": " + why);
            }
            case Place.NotYet(String reason) -> new Wait<>(LOOK_AGAIN, reason, Fleet.CAPACITY);
            case Place.Never(ErrorCode code, String never) -> new GiveUp<>(code, never);
        };
    }

    /** It has been cancelled, or has failed for good; the operation has the whole story. */
    Undo.Result abandon(Run run) {
        backups.lock(backup(run))
                .filter(backup -> backup.state() == Backup.State.TAKING)
                .ifPresent(backup -> backups.fail(
                        backup,
                        run.cancelled()
                                ? "CANCELLED: the backup was cancelled"
                                : ErrorCode.BACKUP_FAILED + ": operation " + run.operation() + " tells why"));
        return new Undo.Result.Undone();
    }

    private static BackupId backup(Run run) {
        return new BackupId(run.target());
    }
}
