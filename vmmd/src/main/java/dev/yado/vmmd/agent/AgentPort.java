package dev.yado.vmmd.agent;

import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpSession;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** The guest's end of the channel, as QEMU sees it. */
public interface AgentPort {
    /** True while somebody in the guest has it open; empty when the guest's process has no such channel. */
    Optional<Boolean> isOpen() throws IOException, InterruptedException;

    static AgentPort of(QmpSession qemu, Duration patience) {
        return () -> qemu.run(new QmpCommand.QueryAgentPort(), patience);
    }
}
