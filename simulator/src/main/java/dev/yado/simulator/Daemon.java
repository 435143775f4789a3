package dev.yado.simulator;

import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.VmId;
import java.time.Instant;

/** What the parts of a simulated host know of the daemon that they are part of. Under the host's lock, but for {@link #lock}. */
interface Daemon {
    Object lock();

    /** @throws HostUnreachable when it is to die here */
    void passed(SimulatedHost.Moment moment);

    /** To be reported. */
    void changed(VmId vm);

    /** Something is to be done in the background. */
    void begin();

    Instant now();

    /** Differs from daemon to daemon. */
    long life();

    boolean isUp();

    /** Whether what it says to others arrives. */
    boolean speaks();
}
