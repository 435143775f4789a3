package dev.yado.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.scheduler.Evacuation.Guest;
import dev.yado.scheduler.HostSnapshot.Resources;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EvacuationTest {
    private static final Scheduler SCHEDULER = new Scheduler(PlacementPolicy.DEFAULT);

    @Test
    void theLargestGoFirstSoThatAllFit() {
        HostSnapshot small = host("small", 2048);
        HostSnapshot large = host("large", 4096);
        Evacuation evacuation = evacuation(host("leaving", 8192), small, large);
        // By arrival the small one would take room on the large host that only it has for the large one.
        List<Guest> guests = Stream.of(guest(2000), guest(4000))
                .sorted(Evacuation.LARGEST_FIRST)
                .toList();

        assertThat(guests.stream().map(evacuation::place).map(EvacuationTest::host))
                .containsExactly(large.id(), small.id());
    }

    @Test
    void whatIsTakenByOneIsNotGivenToTheNext() {
        Evacuation evacuation = evacuation(host("leaving", 8192), host("other", 3000));

        assertThat(evacuation.place(guest(2000))).isInstanceOf(Decision.Placed.class);
        assertThat(evacuation.place(guest(2000))).isInstanceOf(Decision.NoHost.class);
        assertThat(evacuation.place(guest(1000))).isInstanceOf(Decision.Placed.class);
    }

    @Test
    void theHostThatIsLeftIsNoPlaceNorAreThoseThatAMoveFailedTo() {
        HostSnapshot leaving = host("leaving", 8192);
        HostSnapshot other = host("other", 8192);
        Guest again = new Guest(VmId.random(), SchedulerTest.request(1, 100, 0), Set.of(other.id()));

        assertThat(evacuation(leaving).place(guest(100))).isInstanceOf(Decision.NoHost.class);
        assertThat(evacuation(leaving, other).place(again)).isInstanceOf(Decision.NoHost.class);
    }

    private static Evacuation evacuation(HostSnapshot leaving, HostSnapshot... others) {
        List<HostSnapshot> fleet =
                Stream.concat(Stream.of(leaving), Stream.of(others)).toList();
        return new Evacuation(SCHEDULER, new FleetSnapshot(fleet), leaving.id(), 10);
    }

    private static HostId host(Decision decision) {
        return ((Decision.Placed) decision).host();
    }

    /** With so much for guests. */
    private static HostSnapshot host(String name, long memoryMiB) {
        long reserve = PlacementPolicy.DEFAULT.memoryReserve().value();
        return SchedulerTest.host(name, SchedulerTest.resources(64, memoryMiB + reserve, 1_000_000), Resources.NONE);
    }

    private static Guest guest(long memoryMiB) {
        return new Guest(VmId.random(), SchedulerTest.request(1, memoryMiB, 0), Set.of());
    }
}
