package dev.yado.simulator;

import static dev.yado.simulator.Specs.fence;
import static dev.yado.simulator.Specs.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.VmId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ManyHostsTest {
    private static final int HOSTS = 2_500;
    private static final int VMS = 16;

    @Test
    @Timeout(60)
    void thousandsOfHostsNeedFewThreads() {
        long threadsBefore = threads();
        AtomicLong reported = new AtomicLong();
        RunWitness witness = new RunWitness();
        List<SimulatedHost> hosts = IntStream.range(0, HOSTS)
                .mapToObj(number -> new SimulatedHost(
                        HostPlan.of("host-" + number, 32, 131_072, Accelerator.TCG)
                                .withHeartbeat(Duration.ofSeconds(5), Duration.ofMillis(number))
                                .withWitness(witness),
                        report -> {
                            reported.addAndGet(report.vms().stream()
                                    .filter(vm -> vm.settled())
                                    .count());
                            return new HostReportAnswer(15, false);
                        }))
                .toList();
        try {
            for (SimulatedHost host : hosts) {
                for (int vm = 0; vm < VMS; vm++) {
                    host.put(fence(), spec(VmId.random(), 1, 1, DesiredState.RUNNING));
                }
            }
            await("every VM to be reported").atMost(Duration.ofSeconds(40)).until(() -> reported.get() >= HOSTS * VMS);
            assertThat(witness.running()).hasSize(HOSTS * VMS);
            // One that keeps the time, and the carriers of virtual threads: none per host.
            assertThat(threads() - threadsBefore).isLessThan(50);
        } finally {
            hosts.forEach(SimulatedHost::close);
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.isVirtual())
                .count();
    }
}
