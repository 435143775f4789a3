package dev.yado.backup;

import dev.yado.api.Etag;
import dev.yado.protocol.TenantId;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When VMs are backed up by themselves.
 *
 * @param since turns of before are none of its own
 */
public record Schedule(ScheduleId id, TenantId tenant, Wanted wanted, Instant since, Instant createdAt) {

    /**
     * What its owner asks for.
     *
     * @param windowMinutes over which the VMs' turns are spread
     * @param retention null: all are kept
     */
    record Wanted(
            String name,
            Selector selector,
            String cron,
            String timeZone,
            int windowMinutes,
            @Nullable Retention retention,
            Backups.Asked how,
            boolean paused) {
        Spread spread() {
            return new Spread(Timetable.of(cron, timeZone), Duration.ofMinutes(windowMinutes));
        }
    }

    Etag etag() {
        return Etag.of(this);
    }
}
