package dev.yado.vm;

import dev.yado.operation.Verdict;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.MigrationGoal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where VMs could move to. This package knows no hosts: who does implements it. */
public interface Moves {
    /** What would come of a move that began now; nothing is taken. @param wanted null for the best host that there is */
    Prospect prospect(VmId vm, @Nullable HostId wanted);

    /**
     * Asks the VM's host, which takes about a second; kept for the move that is begun soon. Never inside a transaction.
     *
     * @throws YadoException when the host cannot say
     */
    Forecast forecast(VmId vm, HostId to, MigrationGoal goal);

    /**
     * @param host null: there is none
     * @param verdicts of the hosts that were looked at
     * @param blockers all that is in the way; empty: it can move
     */
    record Prospect(@Nullable HostId host, String hostName, List<Verdict> verdicts, List<YadoException> blockers) {
        public Prospect {
            verdicts = List.copyOf(verdicts);
            blockers = List.copyOf(blockers);
        }
    }
}
