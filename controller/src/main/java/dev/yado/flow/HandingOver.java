package dev.yado.flow;

import dev.yado.host.Claims;
import dev.yado.host.Fleet;
import dev.yado.migration.Conclusion;
import dev.yado.migration.Conclusion.Progress;
import dev.yado.migration.Migration;
import dev.yado.migration.Migrations;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Run;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.Done;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.operation.StepResult.Overtaken;
import dev.yado.operation.StepResult.Wait;
import dev.yado.operation.Undo;
import dev.yado.operation.Undo.Result;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.vm.Observed;
import dev.yado.vm.Sight;
import dev.yado.vm.VmRecords;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The end of a move, as asked for or not: the destination says whose the VM is, that is written down, and the other host lets go. */
@Component
class HandingOver {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);
    private static final Duration AFTER_SILENCE = Duration.ofSeconds(2);

    private final Migrations migrations;
    private final Conclusion conclusion;
    private final CallsToHost host;
    private final Claims claims;
    private final VmRecords vms;

    HandingOver(Migrations migrations, Conclusion conclusion, CallsToHost host, Claims claims, VmRecords vms) {
        this.migrations = migrations;
        this.conclusion = conclusion;
        this.host = host;
        this.claims = claims;
        this.vms = vms;
    }

    Optional<Conclusion.Word> ask(Run run) {
        return migrations.of(run.operation()).map(migration -> conclusion.askDestination(migration, run.fence()));
    }

    <S extends Enum<S>> StepResult<S> owned(Run run, Optional<Conclusion.Word> word, S next) {
        if (word.isEmpty()) {
            return new Overtaken<>("the move is gone");
        }
        return switch (conclusion.conclude(word.get())) {
            case Progress.Undecided(String reason) -> new Wait<>(AFTER_SILENCE, reason);
            case Progress.Decided(boolean arrived) -> owned(word.get(), arrived, next);
            case Progress.Ended(boolean arrived) -> owned(word.get(), arrived, next);
            case Progress.Leftover _ ->
                owned(word.get(), Boolean.TRUE.equals(word.get().arrived()), next);
        };
    }

    private static <S extends Enum<S>> StepResult<S> owned(Conclusion.Word word, boolean arrived, S next) {
        return arrived
                ? new Advance<>(next, "it belongs to host " + word.asked().to())
                : new GiveUp<>(ErrorCode.MIGRATION_FAILED, "it goes on where it was: " + word.detail());
    }

    <S extends Enum<S>> StepResult<S> settled(Run run, S next) {
        Migration migration = migrations.of(run.operation()).orElse(null);
        Sight sight = vms.sight(new VmId(run.target())).orElse(null);
        if (migration == null || sight == null) {
            return new Overtaken<>("the VM is gone");
        }
        Observed observed = sight.observed();
        run.had("generation", migration.generation());
        if (observed == null
                || !observed.reached(migration.generation())
                || observed.state() == ObservedState.ARRIVING) {
            return new Wait<>(LOOK_AGAIN, "host " + migration.to() + " has not reported it yet");
        }
        run.gave("observed", observed.state());
        return new Advance<>(next, "host " + migration.to() + " reports it " + observed.state());
    }

    <S extends Enum<S>> StepResult<S> released(Run run, Optional<Conclusion.Word> word) {
        if (word.isEmpty()) {
            return new Overtaken<>("the move is gone");
        }
        DepartureAnswer source = word.get().source();
        Progress progress = conclusion.conclude(word.get());
        if (progress instanceof Progress.Leftover || progress instanceof Progress.Ended) {
            run.wakeOnCommit(Fleet.CAPACITY);
        }
        return switch (progress) {
            case Progress.Ended _ -> new Done<>(source == null ? "moved" : MoveText.result(source));
            case Progress.Leftover(String reason) ->
                claims.party(word.get().asked().from()).alive()
                        ? new Wait<>(LOOK_AGAIN, reason)
                        : new Done<>("moved; its old host is silent and lets go of the rest when it is back");
            case Progress.Decided _ -> new Wait<>(Duration.ZERO, "the source is still to let go of it");
            case Progress.Undecided(String reason) -> new Wait<>(AFTER_SILENCE, reason);
        };
    }

    /**
     * Of all that a move did: nothing more is begun, the destination is asked, and the VM is where it says. Where it has stayed its host
     * is told what is wanted, since it takes no older word any more.
     */
    Undo undo() {
        return Undo.byHostCall(Deadlines.REMOVAL, this::takeBack, this::takenBack);
    }

    /** @param told null: its host is not to be told yet */
    private record Back(
            Conclusion.@Nullable Word word, @Nullable HostAnswer told) {}

    private Back takeBack(Run run) {
        Migration migration = migrations.of(run.operation()).orElse(null);
        if (migration == null) {
            return new Back(null, null);
        }
        Conclusion.Word word = conclusion.ask(migration, run.fence());
        return new Back(word, migration.state() == Migration.State.OPEN ? null : host.put(run));
    }

    private Result takenBack(Run run, Back back) {
        Conclusion.Word word = back.word();
        if (word == null) {
            return new Result.Undone();
        }
        Progress progress = conclusion.conclude(word);
        run.wakeOnCommit(Fleet.CAPACITY);
        return switch (progress) {
            case Progress.Undecided(String reason) -> new Result.NotYet(AFTER_SILENCE, reason);
            case Progress.Decided _ -> new Result.NotYet(Duration.ZERO, "it is known whose it is");
            case Progress.Ended _ -> told(back);
            case Progress.Leftover(String reason) ->
                claims.party(loser(word)).alive() ? new Result.NotYet(LOOK_AGAIN, reason) : told(back);
        };
    }

    private static HostId loser(Conclusion.Word word) {
        return Boolean.TRUE.equals(word.arrived())
                ? word.asked().from()
                : word.asked().to();
    }

    private static Result told(Back back) {
        return switch (back.told()) {
            case null -> new Result.NotYet(Duration.ZERO, "its host is still to be told");
            case HostAnswer.Accepted _, HostAnswer.NoPlace _, HostAnswer.NoVm _ -> new Result.Undone();
            case HostAnswer.Refused refused ->
                refused.overtaken()
                        ? new Result.Undone()
                        : new Result.NotYet(AFTER_SILENCE, refused.code() + ": " + refused.detail());
            case HostAnswer.Moving(String reason) -> new Result.NotYet(AFTER_SILENCE, reason);
        };
    }

    /** What is wanted of the VM was never changed, so nothing of that is to be changed back. */
    Cancellation cancellation() {
        return new Cancellation() {
            @Override
            public void lock(UUID target) {
                vms.lock(new VmId(target));
            }

            @Override
            public Outlook outlook(Run run) {
                String state = vms.sight(new VmId(run.target()))
                        .map(sight -> sight.desired().name())
                        .orElse("DELETED");
                return new Outlook(state, "the VM goes on where it was, unless it has been handed over by then");
            }
        };
    }
}
