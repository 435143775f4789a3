package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * Create, stop and delete of real guests, at every step, with every crash. Operations are held at all places at once, then what is to
 * crash is killed, and nothing is done but to let them go on. Each must end as asked; the guest says how often it was booted.
 */
@Tag("guest")
class CrashMatrixTest {
    private static final List<String> CREATES = List.of("place", "define:called", "define", "settle");
    private static final List<String> STOPS = List.of("send:called", "send", "settle");
    private static final List<String> DELETES = List.of("remove:called", "remove", "release");
    private static final Pattern HELLO = Pattern.compile("yado-boot-sector: hello");
    private static final List<String> TABLE = new ArrayList<>();
    private static Api tenant;

    private enum Crash {
        CONTROLLER {
            @Override
            void happen(Cloud cloud) {
                cloud.kill("controller");
            }
        },
        DAEMONS {
            @Override
            void happen(Cloud cloud) {
                Cloud.hosts().forEach(cloud::kill);
            }
        },
        BOTH {
            @Override
            void happen(Cloud cloud) throws Exception {
                CONTROLLER.happen(cloud);
                DAEMONS.happen(cloud);
            }
        },
        DATABASE {
            @Override
            void happen(Cloud cloud) throws Exception {
                cloud.killDatabase();
            }
        };

        abstract void happen(Cloud cloud) throws Exception;
    }

    /** An operation that is held somewhere. */
    private record Cell(String flow, String step, Vm vm, String operation) {}

    @BeforeAll
    static void aTenant() {
        tenant = Cloud.shared().admin().newTenant("crash-matrix");
    }

    @AfterAll
    static void print() {
        System.out.println("Crash matrix on real guests\n"
                + "%-10s %-14s %-11s %-28s %s%n".formatted("flow", "step", "crash", "ended", "after")
                + String.join("\n", TABLE));
    }

    @ParameterizedTest
    @EnumSource(Crash.class)
    void whatIsUnderWayEndsAsAsked(Crash crash) throws Exception {
        Cloud cloud = Cloud.shared();
        Map<String, Vm> running = new LinkedHashMap<>();
        STOPS.forEach(step -> running.put("StopVm:" + step, guest(crash, "stop-" + step)));
        DELETES.forEach(step -> running.put("DeleteVm:" + step, guest(crash, "delete-" + step)));
        List<Cell> cells = new ArrayList<>();
        for (String step : CREATES) {
            cells.add(heldCreate(crash, step));
        }
        for (String step : STOPS) {
            Vm vm = Objects.requireNonNull(running.get("StopVm:" + step));
            cells.add(held("StopVm", step, vm, () -> vm.begin("stop", Map.of("mode", "hard"))));
        }
        for (String step : DELETES) {
            Vm vm = Objects.requireNonNull(running.get("DeleteVm:" + step));
            cells.add(held("DeleteVm", step, vm, () -> tenant.delete("/v1/vms/" + vm.id())));
        }

        long begin = System.nanoTime();
        crash.happen(cloud);
        cloud.letAllGoOn();

        for (Cell cell : cells) {
            endsAsAsked(cell, crash, begin);
        }
    }

    private interface Request {
        JsonNode send();
    }

    private static Cell heldCreate(Crash crash, String step) throws Exception {
        Cloud.shared().holdNextAt("CreateVm:" + step);
        String name = name(crash, "create-" + step);
        JsonNode accepted = tenant.post("/v1/vms", request(name));
        Cloud.shared().awaitHeldAt("CreateVm:" + step);
        Vm vm = new Vm(tenant, accepted.get("targetId").asString(), name);
        return new Cell("CreateVm", step, vm, accepted.get("id").asString());
    }

    private static Cell held(String flow, String step, Vm vm, Request request) throws Exception {
        Cloud.shared().holdNextAt(flow + ":" + step);
        JsonNode accepted = request.send();
        Cloud.shared().awaitHeldAt(flow + ":" + step);
        return new Cell(flow, step, vm, accepted.get("id").asString());
    }

    private static void endsAsAsked(Cell cell, Crash crash, long begin) {
        JsonNode operation = tenant.ended(cell.operation(), Duration.ofMinutes(2));
        long millis = (System.nanoTime() - begin) / 1_000_000;
        String status = operation.get("status").asString();
        assertThat(status).as(operation.toPrettyString()).isEqualTo("SUCCEEDED");
        Vm vm = cell.vm();
        String state = switch (cell.flow()) {
            case "CreateVm" -> {
                vm.awaitState("RUNNING");
                vm.awaitWords("yado-boot-sector: hello");
                assertThat(Cloud.shared().qemus(vm.id())).hasSize(1);
                assertThat(boots(vm)).as("boots of " + vm.name()).isEqualTo(1);
                vm.delete();
                yield "RUNNING";
            }
            case "StopVm" -> {
                vm.awaitState("STOPPED");
                assertThat(Cloud.shared().qemus(vm.id())).isEmpty();
                assertThat(boots(vm)).as("boots of " + vm.name()).isEqualTo(1);
                vm.delete();
                yield "STOPPED";
            }
            default -> "nothing left";
        };
        leavesNothing(vm);
        TABLE.add("%-10s %-14s %-11s %-28s %d ms"
                .formatted(cell.flow(), cell.step(), crash, status + " " + state, millis));
    }

    private static long boots(Vm vm) {
        return HELLO.matcher(vm.words()).results().count();
    }

    private static void leavesNothing(Vm vm) {
        assertThat(tenant.call("GET", "/v1/vms/" + vm.id(), null).status()).isEqualTo(404);
        assertThat(Cloud.shared().qemus(vm.id())).isEmpty();
        await("nothing of " + vm.name() + " to be left on the hosts")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(Cloud.shared().filesOf(vm.id())).isEmpty());
    }

    private static Vm guest(Crash crash, String what) {
        Vm vm = Vm.create(tenant, request(name(crash, what)));
        vm.awaitWords("yado-boot-sector: hello");
        return vm;
    }

    private static String name(Crash crash, String what) {
        return (crash + "-" + what).toLowerCase(java.util.Locale.ROOT).replace(':', '-');
    }

    private static Map<String, Object> request(String name) {
        Map<String, Object> request = Vm.request(name);
        request.put("memoryMiB", 64);
        request.put("accelerator", "tcg");
        request.put("disks", List.of(Map.of("imageId", Images.shared().bootSector(), "sizeGiB", 1)));
        return request;
    }
}
