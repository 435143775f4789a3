package dev.yado.vmmd.move.ladder;

import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.vmmd.qmp.MigrationCapability;
import dev.yado.vmmd.qmp.MigrationParameter;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What to set at the source before it migrates.
 *
 * @param on capabilities of the ladder; all others that it knows are off
 * @param rungs to be told
 */
public record Opening(Set<MigrationCapability> on, Map<MigrationParameter, Long> parameters, List<Rung> rungs) {
    public Opening {
        on = Set.copyOf(on);
        parameters = Map.copyOf(parameters);
        rungs = List.copyOf(rungs);
    }
}
