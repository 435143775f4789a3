package dev.yado.vmmd.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.migration.MovedFlow;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlowWatchTest {
    private static final int SYN_SENT = 1;
    private static final int ESTABLISHED = 3;

    private final NetworkId network = NetworkId.random();
    private final List<MovedFlow> now = new ArrayList<>();
    private final FlowWatch watch = new FlowWatch(() -> List.copyOf(now));

    private MovedFlow flow(int port, boolean assured, int timeout, int state) {
        Ip guest = Ip.parse("10.0.0.3");
        Ip other = Ip.parse("203.0.113.7");
        return new MovedFlow(
                network,
                new MovedFlow.Tuple(guest, other, 6, port, 443),
                new MovedFlow.Tuple(other, guest, 6, 443, port),
                assured,
                assured,
                timeout,
                new MovedFlow.Tcp(state, 7, 7));
    }

    @Test
    void tellsAllAtFirstAndThenOnlyWhatIsNewOrInAnotherState() {
        now.add(flow(4000, true, 300, ESTABLISHED));
        now.add(flow(4001, false, 60, SYN_SENT));
        assertThat(watch.news()).hasSize(2);
        assertThat(watch.news()).isEmpty();

        now.set(0, flow(4000, true, 299, ESTABLISHED));
        now.set(1, flow(4001, true, 300, ESTABLISHED));
        now.add(flow(4002, false, 60, SYN_SENT));

        assertThat(watch.news())
                .extracting(flow -> flow.original().sourcePort())
                .containsExactly(4001, 4002);
    }

    @Test
    void whatCouldNotBeToldIsToldAgain() {
        now.add(flow(4000, true, 300, ESTABLISHED));
        watch.untold(watch.news());

        assertThat(watch.news()).hasSize(1);
    }

    @Test
    void ofTooManyThoseThatMatterMostAreTold() {
        for (int i = 0; i < FlowWatch.MOST; i++) {
            now.add(flow(i, false, 60, SYN_SENT));
        }
        now.add(flow(60_000, true, 300, ESTABLISHED));

        assertThat(watch.news())
                .hasSize(FlowWatch.MOST)
                .anySatisfy(flow -> assertThat(flow.original().sourcePort()).isEqualTo(60_000));
    }
}
