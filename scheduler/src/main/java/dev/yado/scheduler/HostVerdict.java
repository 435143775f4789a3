package dev.yado.scheduler;

import dev.yado.protocol.HostId;
import java.util.Map;

/** What was found on one host. */
public sealed interface HostVerdict {
    HostId host();

    String hostName();

    /**
     * @param scores each weight's opinion, 0 to 1
     * @param score their weighted sum: the highest wins
     */
    record Fits(HostId host, String hostName, double score, Map<String, Double> scores) implements HostVerdict {
        public Fits {
            scores = Map.copyOf(scores);
        }
    }

    /** @param rule the first rule that refused it */
    record Refused(HostId host, String hostName, String rule, String needed, String available, String detail)
            implements HostVerdict {}
}
