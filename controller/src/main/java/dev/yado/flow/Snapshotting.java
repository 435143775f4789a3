package dev.yado.flow;

import dev.yado.host.Fleet;
import dev.yado.host.SnapshotAgents;
import dev.yado.migration.Migrations;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Run;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.operation.StepResult.Overtaken;
import dev.yado.operation.StepResult.Wait;
import dev.yado.operation.Undo;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.HostId;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import dev.yado.protocol.snapshot.SnapshotJob;
import dev.yado.protocol.snapshot.SnapshotJob.Verb;
import dev.yado.snapshot.Snapshot;
import dev.yado.snapshot.SnapshotRecords;
import dev.yado.vm.Sight;
import dev.yado.vm.VmRecords;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import org.springframework.stereotype.Component;

/** Has the host of a VM do something about a snapshot, and follows it. */
@Component
class Snapshotting {
    private static final Duration PROGRESS = Duration.ofMillis(200);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    private static final int MOST_ATTEMPTS = 5;

    private final SnapshotRecords snapshots;
    private final SnapshotAgents hosts;
    private final Fleet fleet;
    private final VmRecords vms;
    private final Migrations migrations;

    Snapshotting(SnapshotRecords snapshots, SnapshotAgents hosts, Fleet fleet, VmRecords vms, Migrations migrations) {
        this.snapshots = snapshots;
        this.hosts = hosts;
        this.fleet = fleet;
        this.vms = vms;
        this.migrations = migrations;
    }

    /** What came of the call. */
    sealed interface Answer {
        record Said(Snapshot snapshot, SnapshotAnswer what) implements Answer {}

        record NotYet(String reason) implements Answer {}

        record Refused(ErrorCode code, String detail) implements Answer {}

        /** The VM is gone, and its snapshots with it. */
        record Gone() implements Answer {}
    }

    Answer take(Run run) {
        return ask(run, Verb.TAKE, "");
    }

    Answer revert(Run run) {
        return whileStopped(run, Verb.REVERT);
    }

    private Answer whileStopped(Run run, Verb verb) {
        Optional<Sight> sight = snapshots.of(target(run)).flatMap(snapshot -> vms.sight(snapshot.vm()));
        return sight.isPresent() && sight.get().desired() != DesiredState.STOPPED
                ? new Answer.Refused(ErrorCode.CONFLICT, "the VM is not wanted STOPPED any more")
                : ask(run, verb, "");
    }

    Answer restore(Run run) {
        return whileStopped(run, Verb.RESTORE);
    }

    Answer delete(Run run) {
        return ask(run, Verb.DELETE, "");
    }

    private Answer ask(Run run, Verb verb, String why) {
        Snapshot snapshot = snapshots.of(target(run)).orElse(null);
        if (snapshot == null) {
            return new Answer.Gone();
        }
        Sight sight = vms.sight(snapshot.vm()).orElse(null);
        if (sight == null || sight.desired() == DesiredState.DELETED) {
            return new Answer.Gone();
        }
        if (migrations.undecided(snapshot.vm()).isPresent()) {
            return new Answer.NotYet("the VM moves to another host");
        }
        HostId host = fleet.hostOf(snapshot.vm()).orElse(null);
        if (host == null) {
            return new Answer.Gone();
        }
        SnapshotJob job = new SnapshotJob(
                name(run, why, snapshot.attempts()),
                verb,
                snapshot.id(),
                snapshot.disks(),
                verb == Verb.RESTORE ? sources(snapshot) : List.of());
        try {
            return new Answer.Said(snapshot, hosts.snapshotOf(host).putSnapshot(run.fence(), snapshot.vm(), job));
        } catch (HostRefusal e) {
            return switch (e.code()) {
                // It starts or stops, or something else is done about its disks.
                case CONFLICT, STALE_GENERATION, UNAVAILABLE -> new Answer.NotYet(String.valueOf(e.getMessage()));
                default -> new Answer.Refused(e.code(), String.valueOf(e.getMessage()));
            };
        } catch (HostUnreachable e) {
            return new Answer.NotYet("host " + host + " does not answer: " + e.getMessage());
        }
    }

    private static List<SnapshotJob.Source> sources(Snapshot snapshot) {
        Snapshot.Restored from = Objects.requireNonNull(snapshot.restored(), "restored from nothing");
        return snapshot.disks().stream()
                .map(disk -> new SnapshotJob.Source(
                        disk, new DiskOrigin(from.repository(), from.backup(), disk, DiskOrigin.Mode.FULL)))
                .toList();
    }

    /** The same for whoever asks on the operation's behalf, another one for each attempt. */
    private static UUID name(Run run, String why, int attempt) {
        return UUID.nameUUIDFromBytes((run.operation() + why + attempt).getBytes(StandardCharsets.UTF_8));
    }

    /** @param done told what the host has said at the end */
    <S extends Enum<S>> StepResult<S> concluded(
            Run run, Answer answer, BiFunction<Snapshot, SnapshotAnswer, StepResult<S>> done) {
        return switch (answer) {
            case Answer.Gone() -> new Overtaken<>("the VM is gone, and its snapshots with it");
            case Answer.NotYet(String reason) -> new Wait<>(LOOK_AGAIN, reason);
            case Answer.Refused(ErrorCode code, String detail) -> cameToNothing(run, code, detail);
            case Answer.Said(Snapshot snapshot, SnapshotAnswer said) -> {
                snapshots.said(snapshot.id(), said);
                run.gave("phase", said.phase());
                yield switch (said.phase()) {
                    case WORKING -> new Wait<>(PROGRESS, underWay(said));
                    case DONE -> done.apply(snapshot, said);
                    case FAILED -> failed(run, snapshot, said);
                };
            }
        };
    }

    private static String underWay(SnapshotAnswer said) {
        SnapshotAnswer.Progress progress = said.progress();
        return progress == null
                ? "the host is at it"
                : "the host has brought over " + (progress.doneBytes() >> 20) + " of " + (progress.totalBytes() >> 20)
                        + " MiB";
    }

    private <S extends Enum<S>> StepResult<S> failed(Run run, Snapshot snapshot, SnapshotAnswer said) {
        SnapshotAnswer.Failure failure = said.failure();
        ErrorCode code = failure == null ? ErrorCode.SNAPSHOT_FAILED : failure.code();
        String detail = failure == null ? "the host has not said why" : failure.detail();
        if (code != ErrorCode.SNAPSHOT_FAILED || snapshot.attempts() + 1 >= MOST_ATTEMPTS) {
            return cameToNothing(run, code, detail);
        }
        snapshots.again(snapshot.id());
        return new Wait<>(LOOK_AGAIN, "attempt " + (snapshot.attempts() + 1) + " came to nothing: " + detail);
    }

    /** What is being taken is undone, and has failed only then; anything else is again what it was before. */
    private <S extends Enum<S>> StepResult<S> cameToNothing(Run run, ErrorCode code, String detail) {
        snapshots
                .of(target(run))
                .filter(snapshot -> snapshot.state() != Snapshot.State.TAKING || snapshot.restored() != null)
                .ifPresent(snapshot -> snapshots.cameToNothing(snapshot.id(), code + ": " + detail));
        return new GiveUp<>(code, detail);
    }

    /** Whatever the host has of a snapshot that is not wanted any more goes, then it has failed. */
    Undo untaken() {
        return Undo.byHostCall(
                Deadlines.REMOVAL, run -> ask(run, Verb.DELETE, "undo"), (run, answer) -> switch (answer) {
                    case Answer.Gone() -> new Undo.Result.Undone();
                    case Answer.NotYet(String reason) -> new Undo.Result.NotYet(LOOK_AGAIN, reason);
                    case Answer.Refused(ErrorCode code, String detail) ->
                        new Undo.Result.NotYet(LOOK_AGAIN, code + ": " + detail);
                    case Answer.Said(Snapshot snapshot, SnapshotAnswer said) ->
                        switch (said.phase()) {
                            case WORKING -> new Undo.Result.NotYet(PROGRESS, underWay(said));
                            case DONE, FAILED -> undone(run);
                        };
                });
    }

    private Undo.Result undone(Run run) {
        snapshots.cameToNothing(
                target(run),
                run.cancelled()
                        ? ErrorCode.CANCELLED + ": it was cancelled"
                        : ErrorCode.SNAPSHOT_FAILED + ": operation " + run.operation() + " tells why");
        return new Undo.Result.Undone();
    }

    /** @param state that the snapshot has after, and what becomes of it */
    Cancellation untilItsHostIsTold(String state, String outcome) {
        return new Cancellation() {
            @Override
            public void lock(UUID target) {
                snapshots.lock(new SnapshotId(target));
            }

            @Override
            public Outlook outlook(Run run) {
                return new Outlook(state, outcome);
            }

            @Override
            public void takeBack(Run run) {
                snapshots.cameToNothing(Snapshotting.target(run), "CANCELLED: it was cancelled");
            }
        };
    }

    static SnapshotId target(Run run) {
        return new SnapshotId(run.target());
    }
}
