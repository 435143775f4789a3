package dev.yado.scheduler;

import dev.yado.protocol.HostId;
import java.util.List;

/** The outcome of a search for a place, with one verdict per host of the snapshot, of a large fleet those that say most. */
public sealed interface Decision {
    List<HostVerdict> verdicts();

    /** @param host the fitting host with the highest score; the lowest id among equals */
    record Placed(HostId host, List<HostVerdict> verdicts) implements Decision {
        public Placed {
            verdicts = List.copyOf(verdicts);
        }
    }

    /** @param summary one sentence that counts the reasons */
    record NoHost(String summary, List<HostVerdict> verdicts) implements Decision {
        public NoHost {
            verdicts = List.copyOf(verdicts);
        }
    }
}
