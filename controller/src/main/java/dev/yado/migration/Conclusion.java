package dev.yado.migration;

import dev.yado.host.Claims;
import dev.yado.host.MigrationAgents;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.MigrationAgent;
import dev.yado.vm.VmRecords;
import dev.yado.vm.VmReports;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Brings a move to its end, whoever began it and however far it came: first it is found out whose the VM is, then the other host lets go
 * of it. Each turn is some calls and one transaction; any number of them may run, in any replica, as often as they like.
 */
@Service
public class Conclusion {
    private final MigrationRows rows;
    private final MigrationAgents hosts;
    private final Claims claims;
    private final VmRecords vms;
    private final VmReports reports;
    private final TransactionTemplate transactions;

    Conclusion(
            MigrationRows rows,
            MigrationAgents hosts,
            Claims claims,
            VmRecords vms,
            VmReports reports,
            TransactionTemplate transactions) {
        this.rows = rows;
        this.hosts = hosts;
        this.claims = claims;
        this.vms = vms;
        this.reports = reports;
        this.transactions = transactions;
    }

    /**
     * What the two hosts said.
     *
     * @param asked the move as it was then
     * @param arrived null: nobody knows
     * @param source how far the source is; null: it was not asked or did not say
     * @param released the host that the VM is not on has acknowledged that nothing is left
     * @param detail why it is not known, or not done
     */
    public record Word(
            Migration asked,
            @Nullable Boolean arrived,
            @Nullable DepartureAnswer source,
            boolean released,
            String detail) {}

    public sealed interface Progress {
        /** It is not known whose the VM is: nobody is to be told anything about it. */
        record Undecided(String reason) implements Progress {}

        /** It is known since this turn; the next one has the other host let go. */
        record Decided(boolean arrived) implements Progress {}

        /** The other host has not let go yet. */
        record Leftover(String reason) implements Progress {}

        record Ended(boolean arrived) implements Progress {}
    }

    /** Lets nothing more begin and asks whose the VM is, or has the loser let go. Never inside a transaction. */
    public Word ask(Migration migration, CallFence fence) {
        return switch (migration.state()) {
            case OPEN -> settle(migration, fence, cancelled(migration, fence));
            case ARRIVED -> release(migration, fence);
            case ABORTED -> forget(migration, fence);
            case ENDED -> new Word(migration, migration.arrived(), null, true, "it has ended");
        };
    }

    /** As {@link #ask} for one of which the source has said that the destination may have it. Never inside a transaction. */
    public Word askDestination(Migration migration, CallFence fence) {
        return migration.state() == Migration.State.OPEN ? settle(migration, fence, null) : ask(migration, fence);
    }

    private @Nullable DepartureAnswer cancelled(Migration migration, CallFence fence) {
        try {
            return source(migration).cancelDeparture(fence, migration.vm(), migration.id());
        } catch (HostRefusal e) {
            boolean neverBegun = e.code() == ErrorCode.NOT_FOUND && migration.departure() == null;
            return neverBegun ? stayed(migration) : null;
        } catch (HostUnreachable e) {
            return null;
        }
    }

    private static DepartureAnswer stayed(Migration migration) {
        return new DepartureAnswer(
                migration.id(),
                DepartureAnswer.Phase.STAYED,
                null,
                List.of(),
                null,
                new Cause(Cause.Code.MIGRATION_CANCELLED, "broken off before the source was told"));
    }

    /**
     * The destination's word counts. Without it the source's does where it is final: a guest that has stayed was never let go, or the
     * destination has said that it came too late; one that is handed over was said to have arrived.
     */
    private Word settle(Migration migration, CallFence fence, @Nullable DepartureAnswer source) {
        try {
            ArrivalAnswer answer = destination(migration).settleArrival(fence, migration.vm(), migration.id());
            Cause cause = answer.cause();
            return switch (answer.phase()) {
                case ARRIVED -> new Word(migration, true, source, false, "it has arrived");
                case ABORTED -> new Word(migration, false, source, false, cause == null ? why(source) : cause.detail());
                case PREPARING, READY ->
                    new Word(migration, null, source, false, "the destination has not decided: " + answer.phase());
            };
        } catch (HostUnreachable | HostRefusal e) {
            Boolean arrived = asTheSourceSays(source);
            String detail = Boolean.FALSE.equals(arrived) ? why(source) : said("destination", e);
            return new Word(migration, arrived, source, false, detail);
        }
    }

    private static @Nullable Boolean asTheSourceSays(@Nullable DepartureAnswer source) {
        return source == null
                ? null
                : switch (source.phase()) {
                    case STAYED -> false;
                    case HANDED_OVER, FOLLOWING -> true;
                    case COPYING, SWITCHING, IN_DOUBT -> null;
                };
    }

    private static String why(@Nullable DepartureAnswer source) {
        Cause cause = source == null ? null : source.cause();
        return cause == null ? "broken off" : cause.detail();
    }

    private Word release(Migration migration, CallFence fence) {
        DepartureAnswer departure = null;
        try {
            departure = departure(migration);
            if (departure != null && departure.phase() == DepartureAnswer.Phase.FOLLOWING) {
                return new Word(migration, true, departure, false, "the guest's memory still follows it");
            }
            VmReport report = source(migration).release(fence, migration.vm(), migration.id(), migration.generation());
            boolean gone = report.state() == ObservedState.ABSENT;
            return new Word(migration, true, departure, gone, "the source is removing it: " + report.state());
        } catch (HostUnreachable | HostRefusal e) {
            return new Word(migration, true, departure, false, said("source", e));
        }
    }

    /** Null when the source does not know it any more. */
    private @Nullable DepartureAnswer departure(Migration migration) {
        try {
            return source(migration).departure(migration.vm(), migration.id());
        } catch (HostRefusal unknown) {
            return null;
        }
    }

    private Word forget(Migration migration, CallFence fence) {
        try {
            ArrivalAnswer answer = destination(migration).settleArrival(fence, migration.vm(), migration.id());
            boolean gone = answer.phase() == ArrivalAnswer.Phase.ABORTED;
            return new Word(migration, false, null, gone, "the destination says " + answer.phase());
        } catch (HostUnreachable | HostRefusal e) {
            return new Word(migration, false, null, false, said("destination", e));
        }
    }

    private static String said(String party, YadoException e) {
        return "the " + party + " does not say: " + e.code() + ", " + e.getMessage();
    }

    private MigrationAgent source(Migration migration) {
        return hosts.migrationOf(migration.from());
    }

    private MigrationAgent destination(Migration migration) {
        return hosts.migrationOf(migration.to());
    }

    /** Writes what follows from it, in the caller's transaction. */
    public Progress conclude(Word word) {
        Migration asked = word.asked();
        vms.lock(asked.vm());
        Migration now = rows.lock(asked.id()).orElse(null);
        if (now == null) {
            return new Progress.Ended(Boolean.TRUE.equals(word.arrived()));
        }
        DepartureAnswer source = word.source();
        if (source != null && now.state() != Migration.State.ENDED) {
            rows.said(now.id(), source);
        }
        if (now.state() != asked.state()) {
            // Somebody else has come further meanwhile.
            return now.state() == Migration.State.ENDED
                    ? new Progress.Ended(Boolean.TRUE.equals(now.arrived()))
                    : new Progress.Decided(Boolean.TRUE.equals(now.arrived()));
        }
        return switch (now.state()) {
            case OPEN -> decide(now, word);
            case ARRIVED, ABORTED -> end(now, word);
            case ENDED -> new Progress.Ended(Boolean.TRUE.equals(now.arrived()));
        };
    }

    private Progress decide(Migration migration, Word word) {
        Boolean arrived = word.arrived();
        VmRecords.Passage passage = new VmRecords.Passage(migration.generation(), migration.runEpoch());
        if (arrived == null) {
            return new Progress.Undecided(ErrorCode.MIGRATION_UNDECIDED + ": " + word.detail());
        }
        if (arrived) {
            vms.hasMoved(migration.vm(), passage);
            claims.handOver(migration.vm(), migration.id())
                    .ifPresent(report -> reports.record(migration.to(), List.of(report)));
        } else {
            vms.hasStayed(migration.vm(), passage, !isCertain(migration, word.source()));
            claims.keep(migration.id());
        }
        rows.decide(migration.id(), arrived, arrived ? null : word.detail());
        return new Progress.Decided(arrived);
    }

    /** The source knows by itself that the guest has stayed. */
    private static boolean isCertain(Migration migration, @Nullable DepartureAnswer source) {
        return source == null ? migration.departure() == null : source.phase() == DepartureAnswer.Phase.STAYED;
    }

    private Progress end(Migration migration, Word word) {
        if (!word.released()) {
            return new Progress.Leftover(word.detail());
        }
        claims.release(migration.vm(), migration.id());
        rows.end(migration.id());
        return new Progress.Ended(Boolean.TRUE.equals(migration.arrived()));
    }

    /** Turn after turn, as far as the hosts let it. Never inside a transaction. */
    public Progress carryOn(Migration migration, CallFence fence) {
        Migration present = migration;
        while (true) {
            Word word = ask(present, fence);
            Progress progress = inTransaction(() -> conclude(word));
            Migration next = rows.get(present.id()).orElse(null);
            if (!(progress instanceof Progress.Decided) || next == null) {
                return progress;
            }
            present = next;
        }
    }

    private Progress inTransaction(Supplier<Progress> work) {
        Progress progress = transactions.execute(_ -> work.get());
        if (progress == null) {
            throw new IllegalStateException("no progress");
        }
        return progress;
    }
}
