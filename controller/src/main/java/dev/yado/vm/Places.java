package dev.yado.vm;

import dev.yado.operation.Verdict;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where VMs could be. This package knows no hosts: who does implements it. */
public interface Places {
    /** Where a VM would be placed at present; nothing is taken. */
    Prospect prospect(VmNeeds needs);

    /**
     * Takes the place on that host and no other, in the present transaction.
     *
     * @return why the host cannot take it; empty when it has
     */
    Optional<String> take(VmId vm, HostId host, VmNeeds needs);

    /**
     * As {@link #take}, of a VM that has its place there and needs another amount of it.
     *
     * @return why the host cannot give it; then the present transaction must not be committed
     */
    Optional<String> takeAgain(VmId vm, HostId host, VmNeeds needs);

    /** @param host null: none fits, and the summary says why */
    record Prospect(@Nullable HostId host, String hostName, String summary, List<Verdict> verdicts) {
        public Prospect {
            verdicts = List.copyOf(verdicts);
        }
    }
}
