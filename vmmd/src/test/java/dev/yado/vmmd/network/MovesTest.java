package dev.yado.vmmd.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Segment;
import dev.yado.vmmd.store.MovedCards;
import dev.yado.vmmd.store.StateDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MovesTest {
    private static final Ip OTHER = Ip.parse("192.0.2.7");
    private static final Ip THIRD = Ip.parse("192.0.2.8");
    private static final Port.Place HERE = new Port.Place(true, null);
    private static final Port.Place ARRIVING = new Port.Place(true, OTHER, true);
    private static final Port.Place ELSEWHERE = new Port.Place(false, THIRD);

    private final NicId nic = NicId.random();
    private final NetworkId id = NetworkId.random();
    private final AtomicLong clock = new AtomicLong();

    @TempDir
    Path directory;

    private MovedCards store;
    private Moves moves;

    @BeforeEach
    void open() throws IOException {
        store = new MovedCards(StateDirectory.open(directory));
        restart();
    }

    private void restart() throws IOException {
        moves = new Moves(store, clock::get);
    }

    private HostNetwork says(Port.@Nullable Place place) {
        Port port = new Port(
                nic,
                VmId.random(),
                new Mac("02:00:00:00:00:01"),
                List.of(Ip.parse("10.0.0.3")),
                null,
                place,
                List.of(),
                List.of(),
                true,
                null);
        return new HostNetwork(
                id,
                TenantId.random(),
                "n",
                1,
                new Segment.Overlay(7),
                1450,
                List.of(),
                List.of(port),
                List.of(),
                List.of());
    }

    private Port.@Nullable Place readAs(Port.@Nullable Place place) {
        return moves.in(says(place)).ports().getFirst().place();
    }

    private void told(Port.@Nullable Place place) {
        moves.told(says(place));
    }

    @Test
    void aCardThatHasComeIsHereWhileTheControllerStillSaysThatItIsToComeAlsoAfterARestart() throws IOException {
        assertThat(readAs(ARRIVING)).isEqualTo(ARRIVING);

        moves.arrived(id, nic);
        moves.keep();

        assertThat(readAs(ARRIVING)).isEqualTo(HERE);
        told(ARRIVING);
        restart();
        told(ARRIVING);
        assertThat(readAs(ARRIVING)).isEqualTo(HERE);
    }

    @Test
    void theControllersWordHoldsOnceItSaysTheSame() throws IOException {
        moves.arrived(id, nic);
        moves.keep();
        told(HERE);

        assertThat(readAs(ELSEWHERE)).isEqualTo(ELSEWHERE);
        assertThat(readAs(ARRIVING)).isEqualTo(ARRIVING);
        restart();
        assertThat(readAs(ARRIVING)).isEqualTo(ARRIVING);
    }

    @Test
    void aCardThatHasGoneIsWhereItWentToWhileTheControllerStillSaysThatItIsHere() throws IOException {
        moves.departed(id, nic, OTHER);
        moves.keep();
        told(HERE);
        restart();

        assertThat(readAs(HERE)).isEqualTo(new Port.Place(false, OTHER, false, true));
        moves.departed(id, nic, null);
        assertThat(readAs(HERE)).as("to a host without tunnels").isEqualTo(new Port.Place(false, null));
    }

    @Test
    void aCardThatHasGoneIsRelayedForAWhileToWhereverItIs() {
        moves.departed(id, nic, OTHER);
        told(ELSEWHERE);

        assertThat(readAs(ELSEWHERE)).isEqualTo(new Port.Place(false, THIRD, false, true));
        assertThat(moves.ended()).isEmpty();
        clock.addAndGet(Moves.RELAYED_AFTER.toNanos());
        assertThat(readAs(ELSEWHERE)).isEqualTo(ELSEWHERE);
        assertThat(moves.ended()).containsExactly(id);
        assertThat(moves.ended()).isEmpty();
    }

    @Test
    void aCardThatComesBackIsNotRelayedAnyMore() {
        moves.departed(id, nic, OTHER);
        told(ELSEWHERE);

        assertThat(readAs(ARRIVING)).isEqualTo(ARRIVING);
        assertThat(readAs(HERE)).isEqualTo(HERE);
        told(ARRIVING);
        assertThat(readAs(ELSEWHERE)).isEqualTo(ELSEWHERE);
    }

    @Test
    void aCardThatStaysAfterAllIsHere() {
        moves.departed(id, nic, OTHER);
        moves.forget(nic);

        assertThat(readAs(HERE)).isEqualTo(HERE);
    }

    @Test
    void aCardThatIsGoneAltogetherIsForgotten() throws IOException {
        moves.departed(id, nic, OTHER);
        moves.keep();
        told(null);
        restart();

        assertThat(readAs(HERE)).isEqualTo(HERE);
    }
}
