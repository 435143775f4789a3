package dev.yado.vmmd.qmp;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How fast a guest writes to its memory.
 *
 * @param mibPerSecond null while it is being looked at, and before
 */
public record DirtyRate(Status status, @Nullable Long mibPerSecond) {
    public enum Status {
        UNSTARTED,
        MEASURING,
        MEASURED
    }

    static DirtyRate of(JsonNode result) {
        Status status =
                Status.valueOf(result.path("status").asString("unstarted").toUpperCase(java.util.Locale.ROOT));
        JsonNode rate = result.path("dirty-rate");
        return new DirtyRate(status, status == Status.MEASURED && rate.isNumber() ? rate.asLong() : null);
    }
}
