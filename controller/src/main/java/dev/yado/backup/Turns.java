package dev.yado.backup;

import dev.yado.api.Caller;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.YadoException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Begins the backups whose turn it is. Which these are follows from rows and the clock alone: any replica may look at any time. Of turns
 * that were missed the last is caught up; one whose VM is still being backed up is left out, and said so.
 */
@Service
public class Turns {
    private static final Logger LOG = LoggerFactory.getLogger(Turns.class);
    /** Clocks of replicas differ, and looks take their time. */
    private static final Duration SLACK = Duration.ofMinutes(2);

    private final ScheduleRows rows;
    private final Backups backups;
    private final TransactionTemplate transactions;
    private final Clock clock;
    /** Until when nothing of a schedule was left over, as far as this replica knows: spares it a look at every VM. */
    private final Map<ScheduleId, Seen> seen = new ConcurrentHashMap<>();

    private record Seen(Schedule schedule, Instant until) {}

    @Autowired
    Turns(ScheduleRows rows, Backups backups, TransactionTemplate transactions) {
        this(rows, backups, transactions, Clock.systemUTC());
    }

    Turns(ScheduleRows rows, Backups backups, TransactionTemplate transactions, Clock clock) {
        this.rows = rows;
        this.backups = backups;
        this.transactions = transactions;
        this.clock = clock;
    }

    /** One look at all schedules. */
    public void take() {
        List<Schedule> schedules = rows.find("NOT paused ORDER BY id");
        seen.keySet().retainAll(schedules.stream().map(Schedule::id).toList());
        schedules.forEach(this::take);
    }

    private void take(Schedule schedule) {
        Instant now = clock.instant();
        Spread spread = schedule.wanted().spread();
        Seen before = seen.get(schedule.id());
        if (before != null
                && before.schedule().equals(schedule)
                && spread.timetable()
                        .last(before.until().minus(spread.window()).minus(SLACK), now)
                        .isEmpty()) {
            return;
        }
        boolean all = true;
        for (ScheduleRows.Turn turn : rows.turns(schedule.id())) {
            Optional<Instant> due = spread.due(turn.vm(), turn.handled(), now);
            if (due.isPresent()) {
                all &= had(schedule, turn, due.get());
            }
        }
        if (all) {
            seen.put(schedule.id(), new Seen(schedule, now));
        } else {
            seen.remove(schedule.id());
        }
    }

    /** @return false when it is to be tried again */
    private boolean had(Schedule schedule, ScheduleRows.Turn turn, Instant planned) {
        try {
            transactions.executeWithoutResult(status -> {
                OperationId operation = backups.take(
                        new Caller.Administrator(schedule.tenant()),
                        turn.vm(),
                        schedule.wanted().how(),
                        schedule.id());
                if (!rows.begun(schedule.id(), turn.vm(), planned, backups.begunBy(operation))) {
                    // Another replica was faster.
                    status.setRollbackOnly();
                }
            });
            return true;
        } catch (YadoException refused) {
            return refused(schedule, turn, planned, refused);
        }
    }

    private boolean refused(Schedule schedule, ScheduleRows.Turn turn, Instant planned, YadoException refused) {
        String reason = refused.code() + ": " + refused.getMessage();
        boolean open =
                refused.code() == ErrorCode.CONFLICT && backups.open(turn.vm()).isPresent();
        if (open) {
            if (rows.skipped(schedule.id(), turn.vm(), planned, reason)) {
                LOG.warn(
                        "schedule {} leaves out VM {} at {}: {}",
                        schedule.wanted().name(),
                        turn.vm(),
                        planned,
                        reason);
            }
            return true;
        }
        rows.waits(schedule.id(), turn.vm(), turn.handled(), reason);
        LOG.debug("schedule {} waits to back up VM {}: {}", schedule.wanted().name(), turn.vm(), reason);
        return false;
    }
}
