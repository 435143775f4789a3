package dev.yado.vmmd.move.ladder;

import dev.yado.protocol.Cause;
import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.vmmd.qmp.MigrationParameter;
import java.util.Map;

/** What to do with a migration now. */
public sealed interface Decision {
    /** Nothing. */
    record Keep() implements Decision {}

    /** Set these parameters at the source. */
    record Adjust(Map<MigrationParameter, Long> parameters, Rung rung) implements Decision {
        public Adjust {
            parameters = Map.copyOf(parameters);
        }
    }

    /** {@code migrate-start-postcopy}. Said once; from then on the guest needs both hosts. */
    record StartPostCopy(Rung rung) implements Decision {}

    /** The connection broke in post-copy: {@code migrate-recover} at the destination, then {@code migrate} with {@code resume}. */
    record RecoverPostCopy(String why) implements Decision {}

    /** {@code migrate_cancel}: the guest goes on here. Said again until the migration is over. */
    record GiveUp(Cause cause, Rung rung) implements Decision {}
}
