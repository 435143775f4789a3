package dev.yado.simulator;

import dev.yado.protocol.HostAgent.HostUnreachable;
import java.io.IOException;
import java.time.Duration;

/** The way from controllers to a host and back: what is sent may not arrive, or its answer may not. */
final class Line {
    /** What is done when it arrives. */
    interface Call<T> {
        T arrive();
    }

    private final Faults faults;
    private SimulatedHost.Link link = SimulatedHost.Link.WORKS;
    private int calls;

    Line(Faults faults) {
        this.faults = faults;
    }

    synchronized void set(SimulatedHost.Link now) {
        link = now;
    }

    synchronized boolean isCut() {
        return link == SimulatedHost.Link.CUT;
    }

    /** How many were sent. */
    synchronized int calls() {
        return calls;
    }

    /** Without any lock, which slow calls would keep. */
    <T> T carried(Call<T> call) {
        synchronized (this) {
            calls++;
            if (link == SimulatedHost.Link.CUT) {
                throw unreachable("cut off");
            }
        }
        T answer = switch (faults.ofCall()) {
            case Fate.Arrives() -> call.arrive();
            case Fate.Slow(Duration by) -> {
                Timer.pause(by);
                yield call.arrive();
            }
            case Fate.Lost() -> throw unreachable("the call was lost");
            case Fate.ReplyLost() -> {
                call.arrive();
                throw unreachable("the answer was lost");
            }
            case Fate.Doubled(Duration later) -> {
                T first = call.arrive();
                Timer.after(later, call::arrive);
                yield first;
            }
            case Fate.Late(Duration by) -> {
                Timer.after(by, call::arrive);
                throw unreachable("no answer in time");
            }
        };
        synchronized (this) {
            if (link == SimulatedHost.Link.LOSES_REPLIES) {
                throw unreachable("the answer was lost");
            }
        }
        return answer;
    }

    static HostUnreachable unreachable(String why) {
        return new HostUnreachable("its host does not answer", new IOException(why));
    }
}
