package dev.yado.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.Mebibytes;
import dev.yado.scheduler.HostSnapshot.Resources;
import dev.yado.scheduler.PlacementPolicy.Strategy;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class SchedulerProperties {
    private static final PlacementPolicy EXACT = new PlacementPolicy(1.0, Mebibytes.ZERO, 1.0, Strategy.SPREAD);

    @Property(tries = 300)
    void neverPromisesMoreThanAHostHas(
            @ForAll("hosts") List<Resources> capacities, @ForAll("requests") List<Resources> requests) {
        List<HostSnapshot> hosts = new ArrayList<>();
        capacities.forEach(capacity -> hosts.add(SchedulerTest.host("h", capacity, Resources.NONE)));
        for (Resources needed : requests) {
            PlacementRequest request = SchedulerTest.request(
                    needed.vcpus(), needed.memory().value(), needed.disk().value());
            Decision decision = new Scheduler(EXACT).place(new FleetSnapshot(hosts), request);
            assertThat(decision.verdicts()).hasSameSizeAs(hosts);
            if (decision instanceof Decision.Placed placed) {
                hosts.replaceAll(host -> host.id().equals(placed.host()) ? loaded(host, needed) : host);
            }
        }
        assertThat(hosts).allSatisfy(host -> {
            assertThat(host.allocated().vcpus())
                    .isLessThanOrEqualTo(host.capacity().vcpus());
            assertThat(host.allocated().memory())
                    .isLessThanOrEqualTo(host.capacity().memory());
            assertThat(host.allocated().disk())
                    .isLessThanOrEqualTo(host.capacity().disk());
        });
    }

    @Property(tries = 200)
    void decidesTheSameForTheSameInput(
            @ForAll("hosts") List<Resources> capacities, @ForAll("amounts") Resources needed) {
        List<HostSnapshot> hosts = capacities.stream()
                .map(capacity -> SchedulerTest.host("h", capacity, Resources.NONE))
                .toList();
        PlacementRequest request = SchedulerTest.request(
                needed.vcpus(), needed.memory().value(), needed.disk().value());

        Decision first = new Scheduler(EXACT).place(new FleetSnapshot(hosts), request);
        Decision reversed = new Scheduler(EXACT).place(new FleetSnapshot(hosts.reversed()), request);

        assertThat(chosen(reversed)).isEqualTo(chosen(first));
    }

    private static Object chosen(Decision decision) {
        return switch (decision) {
            case Decision.Placed placed -> placed.host();
            case Decision.NoHost none -> none.summary();
        };
    }

    private static HostSnapshot loaded(HostSnapshot host, Resources more) {
        return host.holding(host.allocated().plus(more));
    }

    @Provide
    Arbitrary<List<Resources>> hosts() {
        return amounts().list().ofMinSize(1).ofMaxSize(8);
    }

    @Provide
    Arbitrary<List<Resources>> requests() {
        return amounts().list().ofMaxSize(30);
    }

    @Provide
    Arbitrary<Resources> amounts() {
        return Combinators.combine(
                        Arbitraries.integers().between(1, 16),
                        Arbitraries.longs().between(1, 65_536),
                        Arbitraries.longs().between(1, 1_000_000))
                .as(SchedulerTest::resources);
    }
}
