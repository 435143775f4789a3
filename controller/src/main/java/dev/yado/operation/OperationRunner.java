package dev.yado.operation;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.YadoException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Works on one claimed operation, step after step under the same claim, until it waits, ends, or its lease is lost. Keeps no progress
 * in local variables: whatever happens here, the row says where to go on.
 */
@Component
class OperationRunner {
    private static final Logger LOG = LoggerFactory.getLogger(OperationRunner.class);
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LAST_RETRY = Duration.ofSeconds(10);
    private static final int TRIES_FOR_ANOTHER_REPLICA = 20;

    private final FlowCatalog catalog;
    private final OperationRows rows;
    private final WakeUps wakeUps;
    private final UndoPath undoPath;
    private final TransactionTemplate transactions;
    private final WakeChannel wakes;
    private final RetryTimer timer;
    private final HaltPoint haltPoint;
    private final OperationSettings settings;

    OperationRunner(
            FlowCatalog catalog,
            OperationRows rows,
            WakeUps wakeUps,
            UndoPath undoPath,
            TransactionTemplate transactions,
            WakeChannel wakes,
            RetryTimer timer,
            HaltPoint haltPoint,
            OperationSettings settings) {
        this.catalog = catalog;
        this.rows = rows;
        this.wakeUps = wakeUps;
        this.undoPath = undoPath;
        this.transactions = transactions;
        this.wakes = wakes;
        this.timer = timer;
        this.haltPoint = haltPoint;
        this.settings = settings;
    }

    void run(Claim first) {
        Claim claim = first;
        while (claim != null && !Thread.currentThread().isInterrupted()) {
            After after = once(claim);
            if (after.next() != null || after.ended()) {
                haltPoint.committed(claim.id(), claim.kind(), claim.step());
            }
            if (after.wakeIn() != null) {
                timer.wakeIn(after.wakeIn());
            }
            if (after.ended()) {
                wakes.ended(claim.id());
            }
            claim = after.next();
        }
    }

    private After once(Claim claim) {
        Optional<Flow<?>> flow = catalog.find(claim.kind(), claim.version(), claim.step());
        try (StepWatch watch = StepWatch.of(claim, flow.orElse(null))) {
            After after = flow.isEmpty() ? refuse(claim) : begin(flow.get(), claim);
            if (after.equals(After.LOST) && flow.isPresent() && rows.cancelledMeanwhile(claim)) {
                after = turnRound(flow.get(), claim.whenCancelled());
            }
            watch.ended(after.outcome());
            return after;
        }
    }

    private After begin(Flow<?> flow, Claim claim) {
        // Cancelled while another worked on it, who died: what that one did is not known, so it is undone.
        return claim.cancelled() && !claim.undoing() ? turnRound(flow, claim) : work(flow, claim);
    }

    private After turnRound(Flow<?> flow, Claim claim) {
        return in(() -> undoPath.turnRound(flow, claim, true));
    }

    private After refuse(Claim claim) {
        String detail = "this controller does not know " + claim.kind() + " in version " + claim.version()
                + " with step " + claim.step() + ", under which the operation was begun";
        if (claim.failures() < TRIES_FOR_ANOTHER_REPLICA) {
            Duration delay = settings.unknownVersion().dividedBy(TRIES_FOR_ANOTHER_REPLICA);
            String reason = ErrorCode.OPERATION_VERSION_UNKNOWN + ": " + detail + "; another controller may know it";
            // Nothing wakes this replica for it, so that another is as likely to be the next that looks.
            return in(() -> await(claim, claim.run(), delay, reason, null, claim.failures() + 1)
                            .equals(After.LOST)
                    ? After.LOST
                    : After.LEFT);
        }
        return in(() -> rows.end(claim, OperationStatus.FAILED, ErrorCode.OPERATION_VERSION_UNKNOWN, detail)
                ? After.ended(OperationStatus.FAILED)
                : After.LOST);
    }

    private <S extends Enum<S>> After work(Flow<S> flow, Claim claim) {
        S name = FlowCatalog.stepNamed(flow, claim.step());
        Step<S> step = flow.step(name);
        long began = System.nanoTime();
        try {
            if (claim.undoing()) {
                return undo(flow, name, step, claim);
            }
            if (claim.timeLeft().isNegative() || claim.timeLeft().isZero()) {
                return in(() -> undoPath.fail(
                        flow, name, claim, claim.run(), ErrorCode.DEADLINE_EXCEEDED, deadlineDetail(claim, step)));
            }
            return switch (step) {
                case Step.Transaction<S> transaction -> {
                    Run run = claim.run();
                    yield in(() ->
                            commit(flow, name, claim, run, transaction.body().run(run)));
                }
                case Step.HostCall<S, ?> call -> call(flow, name, claim, call);
            };
        } catch (RuntimeException e) {
            return retry(claim, e, Duration.ofNanos(System.nanoTime() - began));
        }
    }

    private <S extends Enum<S>, R> After call(Flow<S> flow, S name, Claim claim, Step.HostCall<S, R> step) {
        requireNoTransaction();
        Run run = claim.run();
        R answer = step.call().call(run);
        haltPoint.called(claim.id(), claim.kind(), claim.step());
        return in(() -> commit(flow, name, claim, run, step.conclusion().conclude(run, answer)));
    }

    private <S extends Enum<S>> After commit(Flow<S> flow, S name, Claim claim, Run run, StepResult<S> result) {
        After after = switch (result) {
            case StepResult.Advance<S>(S next, String detail) ->
                rows.advance(claim, run, detail, next.name(), flow.step(next).deadline())
                        .map(entered -> After.goOn(claim.at(next.name(), false, entered)))
                        .orElse(After.LOST);
            case StepResult.Wait<S>(Duration delay, String reason, String topic) ->
                await(claim, run, delay, reason, topic, 0);
            case StepResult.Done<S>(String detail) ->
                rows.succeed(claim, run, detail) ? After.ended(OperationStatus.SUCCEEDED) : After.LOST;
            case StepResult.GiveUp<S>(ErrorCode code, String detail) ->
                undoPath.fail(flow, name, claim, run, code, detail);
            case StepResult.Overtaken<S>(String detail) ->
                rows.end(claim, OperationStatus.CANCELLED, ErrorCode.CANCELLED, detail)
                        ? After.ended(OperationStatus.CANCELLED)
                        : After.LOST;
        };
        if (!after.equals(After.LOST)) {
            if (run.verdicts() != null) {
                rows.explain(claim.id(), ProtocolJson.mapper().writeValueAsString(run.verdicts()));
            }
            wakeTopics(run);
        }
        return after;
    }

    private void wakeTopics(Run run) {
        run.topics().forEach(wakeUps::wakeTopic);
    }

    private After await(Claim claim, Run run, Duration delay, String reason, @Nullable String topic, int failures) {
        return rows.await(claim, run, delay, reason, topic, failures)
                .map(due -> After.wait(due ? Duration.ZERO : min(delay, claim.timeLeft())))
                .orElse(After.LOST);
    }

    private <S extends Enum<S>> After undo(Flow<S> flow, S name, Step<S> step, Claim claim) {
        if (claim.timeLeft().isNegative()) {
            String detail = "not undone before its deadline"
                    + (claim.waitReason() == null ? "" : "; it waited for: " + claim.waitReason());
            return in(() -> undoPath.undone(flow, name, claim, StepStatus.FAILED, detail));
        }
        Run run = claim.run();
        return switch (step.undo()) {
            case null -> in(() -> undoPath.undone(flow, name, claim, StepStatus.UNDONE, null));
            case Undo.InTransaction undo ->
                in(() -> concludeUndo(flow, name, claim, run, undo.body().run(run)));
            case Undo.ByHostCall<?> call -> undoByCall(flow, name, claim, run, call);
        };
    }

    private <S extends Enum<S>, R> After undoByCall(
            Flow<S> flow, S name, Claim claim, Run run, Undo.ByHostCall<R> undo) {
        requireNoTransaction();
        R answer = undo.call().call(run);
        return in(() -> concludeUndo(flow, name, claim, run, undo.conclusion().conclude(run, answer)));
    }

    private <S extends Enum<S>> After concludeUndo(Flow<S> flow, S name, Claim claim, Run run, Undo.Result result) {
        After after = switch (result) {
            case Undo.Result.Undone() -> undoPath.undone(flow, name, claim, StepStatus.UNDONE, null);
            case Undo.Result.NotYet(Duration delay, String reason) -> await(claim, run, delay, reason, null, 0);
        };
        if (!after.equals(After.LOST)) {
            wakeTopics(run);
        }
        return after;
    }

    /** The step threw: nothing of it was committed. It is tried again, later and later; its deadline ends that. */
    private After retry(Claim claim, RuntimeException e, Duration tried) {
        if (Thread.currentThread().isInterrupted()) {
            return After.LOST;
        }
        String reason = switch (e) {
            case YadoException known -> known.getMessage();
            case DataAccessException _, TransactionException _ -> "the database did not answer as expected";
            default -> "an internal error, which the controller's log describes";
        };
        StepWatch.failed(claim, String.valueOf(reason));
        if (e instanceof YadoException) {
            LOG.info("operation {} {} step {}: {}", claim.id(), claim.kind(), claim.step(), reason);
        } else {
            LOG.warn("operation {} {} step {} failed and is tried again", claim.id(), claim.kind(), claim.step(), e);
        }
        int failures = claim.failures() + 1;
        Duration delay = backOff(failures);
        long giveUpAt = System.nanoTime() + LAST_RETRY.toNanos();
        while (true) {
            try {
                return in(() ->
                        await(claim, claim.run(), delay, reason + "; tried " + failures + " times", null, failures));
            } catch (DataAccessException | TransactionException unanswered) {
                // The lease ends by itself; until then this runner is the one that can give it back sooner.
                if (System.nanoTime() > giveUpAt || !pause(Duration.ofMillis(500))) {
                    LOG.warn("operation {} is left to its lease: {}", claim.id(), unanswered.getMessage());
                    return After.LOST;
                }
            }
        }
    }

    private static boolean pause(Duration duration) {
        try {
            Thread.sleep(duration);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    static Duration backOff(int failures) {
        long millis = Math.min(FIRST_RETRY.toMillis() << Math.min(failures - 1, 20), LAST_RETRY.toMillis());
        return Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
    }

    /** A result that was not committed because the lease is lost is rolled back with all that the body wrote. */
    private After in(Supplier<After> work) {
        After after = transactions.execute(status -> {
            After result = work.get();
            if (result.equals(After.LOST)) {
                status.setRollbackOnly();
            }
            return result;
        });
        return after == null ? After.LOST : after;
    }

    private static void requireNoTransaction() {
        if (TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("a host call inside a transaction");
        }
    }

    private static <S extends Enum<S>> String deadlineDetail(Claim claim, Step<S> step) {
        String limit = claim.wholeDeadline()
                ? "the operation's deadline has passed"
                : "not done within " + step.deadline().toString().substring(2).toLowerCase(java.util.Locale.ROOT);
        String waited = claim.waitReason() == null ? "" : "; it waited for: " + claim.waitReason();
        return "step " + claim.step() + ": " + limit + waited;
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
