package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What dies comes back, and no guest notices. */
@Tag("guest")
class FailureTest {
    private static Api tenant;

    @BeforeAll
    static void aTenant() {
        tenant = Cloud.shared().admin().newTenant("failures");
    }

    @Test
    void guestsLiveOnWhenTheirDaemonsAreKilled() {
        List<Vm> vms = Stream.of("survivor-1", "survivor-2", "survivor-3")
                .map(name -> Vm.directBoot(tenant, name))
                .toList();
        Map<String, Long> processes = new HashMap<>();
        Map<String, Long> beacons = new HashMap<>();
        vms.forEach(vm -> processes.put(vm.id(), Cloud.shared().qemu(vm.id()).pid()));
        vms.forEach(vm -> beacons.put(vm.id(), vm.lastBeacon()));

        Cloud.hosts().forEach(Cloud.shared()::killAndAwaitSuccessor);

        for (Vm vm : vms) {
            await("the serial port of " + vm.name() + " through the new daemon")
                    .atMost(Duration.ofMinutes(1))
                    .untilAsserted(() -> {
                        Api.Answer answer = tenant.call("GET", "/v1/vms/" + vm.id(), null);
                        assertThat(answer.body().toPrettyString()).contains("\"state\" : \"RUNNING\"");
                        assertThat(vm.beacons()).isNotEmpty();
                    });
        }
        for (Vm vm : vms) {
            vm.awaitBeaconBeyond(beacons.getOrDefault(vm.id(), 0L) + 10);
            assertThat(vm.state()).isEqualTo("RUNNING");
            assertThat(Cloud.shared().qemu(vm.id()).pid()).isEqualTo(processes.get(vm.id()));
            List<Long> counters = vm.beacons();
            assertThat(counters).as("the beacon never restarted").isSorted().doesNotHaveDuplicates();
        }
        // The new daemons are in charge: they stop what they did not start.
        vms.getFirst().done("stop", Map.of("mode", "graceful", "timeoutSeconds", 60));
        vms.get(1).done("stop", Map.of("mode", "hard"));
        assertThat(Cloud.shared().qemus(vms.get(0).id())).isEmpty();
        assertThat(Cloud.shared().qemus(vms.get(1).id())).isEmpty();
        vms.forEach(Vm::delete);
    }

    @Test
    void guestsMarkedForItComeBackAfterTheirHostsReboot() {
        Vm marked = autostarted("marked");
        Vm unmarked = Vm.directBoot(tenant, "unmarked");
        ProcessHandle first = Cloud.shared().qemu(marked.id());

        // What came back on another host is not killed again: it has another process by then.
        Cloud.hosts().forEach(host -> reboot(host, marked, unmarked));

        await("another process of " + marked.name())
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(Cloud.shared().qemus(marked.id()))
                        .hasSize(1)
                        .noneMatch(process -> process.pid() == first.pid()));
        marked.awaitState("RUNNING");
        marked.awaitWordsTimes("yado-guest: ready", 2);
        unmarked.awaitState("CRASHED");
        assertThat(Cloud.shared().qemus(unmarked.id())).isEmpty();
        assertThat(unmarked.reason()).containsAnyOf("HOST_REBOOTED", "PROCESS_VANISHED");
        marked.delete();
        unmarked.delete();
    }

    private static Vm autostarted(String name) {
        Map<String, Object> request = Vm.request(name);
        request.put("boot", Images.shared().directBoot());
        request.put("autostart", Map.of());
        Vm vm = Vm.create(tenant, request);
        vm.awaitWords("yado-guest: ready");
        return vm;
    }

    /** All processes of the host at once: the daemon and its guests. */
    private static void reboot(String host, Vm... guests) {
        ProcessHandle daemon = Cloud.shared().service(host);
        List<ProcessHandle> processes = Stream.of(guests)
                .flatMap(vm -> Cloud.shared().qemus(vm.id()).stream())
                .filter(process -> Cloud.shared().runsOn(process, host))
                .toList();
        daemon.destroyForcibly();
        await(host + "'s daemon to be gone").until(() -> !daemon.isAlive());
        processes.forEach(ProcessHandle::destroyForcibly);
    }
}
