package dev.yado.simulator;

import dev.yado.protocol.HostAgent.HostUnreachable;
import org.jspecify.annotations.Nullable;

/** Whether a host's daemon runs, and where it is to die. Used under the host's lock. */
final class Life {
    private final Runnable atDeath;
    private boolean up = true;
    private long number;
    private @Nullable PlannedDeath planned;

    private record PlannedDeath(SimulatedHost.Moment moment, Runnable then) {}

    /** @param atDeath what is gone with the daemon */
    Life(Runnable atDeath) {
        this.atDeath = atDeath;
    }

    boolean isUp() {
        return up;
    }

    /** Differs from daemon to daemon. */
    long number() {
        return number;
    }

    boolean is(long life) {
        return up && number == life;
    }

    void end() {
        up = false;
        number++;
        atDeath.run();
    }

    void begin() {
        planned = null;
        up = true;
    }

    void endAt(SimulatedHost.Moment moment, Runnable then) {
        planned = new PlannedDeath(moment, then);
    }

    /** @throws HostUnreachable when it was to die here */
    void passed(SimulatedHost.Moment moment) {
        PlannedDeath death = planned;
        if (death != null && death.moment() == moment) {
            planned = null;
            end();
            death.then().run();
            throw Line.unreachable("its daemon died");
        }
    }

    void requireUp() {
        if (!up) {
            throw Line.unreachable("its daemon does not run");
        }
    }
}
