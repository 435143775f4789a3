package dev.yado.vmmd.network;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.migration.MovedFlow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a guest that is to leave, told in portions: all while it still runs, and what is new when it is held, which is little
 * and so costs its blackout little. For one thread.
 */
public final class FlowWatch {
    /** More are not worth the time that it takes to tell of them. */
    static final int MOST = 20_000;

    private final Supplier<List<MovedFlow>> flows;
    private final Map<Name, State> told = new HashMap<>();

    private record Name(NetworkId network, MovedFlow.Tuple original) {}

    private record State(
            boolean answered, boolean assured, @Nullable Integer tcp) {
        static State of(MovedFlow flow) {
            MovedFlow.Tcp tcp = flow.tcp();
            return new State(flow.answered(), flow.assured(), tcp == null ? null : tcp.state());
        }
    }

    public FlowWatch(Supplier<List<MovedFlow>> flows) {
        this.flows = flows;
    }

    /** Those that are new or in another state since the last call, of the first one all; of too many those that matter most. */
    public List<MovedFlow> news() {
        List<MovedFlow> news = new ArrayList<>();
        for (MovedFlow flow : flows.get()) {
            State state = State.of(flow);
            if (!state.equals(told.put(new Name(flow.network(), flow.original()), state))) {
                news.add(flow);
            }
        }
        if (news.size() > MOST) {
            news.sort(Comparator.comparing(MovedFlow::assured)
                    .thenComparing(MovedFlow::timeoutSeconds)
                    .reversed());
            return List.copyOf(news.subList(0, MOST));
        }
        return news;
    }

    /** They could not be told: they are news again. */
    public void untold(List<MovedFlow> news) {
        news.forEach(flow -> told.remove(new Name(flow.network(), flow.original())));
    }
}
