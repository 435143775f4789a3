package dev.yado.host;

import dev.yado.api.CurrentCaller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.HostsApi;
import dev.yado.api.generated.model.Host;
import dev.yado.api.generated.model.HostMoves;
import dev.yado.api.generated.model.HostNetworking;
import dev.yado.api.generated.model.HostPage;
import dev.yado.api.generated.model.HostRepository;
import dev.yado.api.generated.model.HostResources;
import dev.yado.api.generated.model.SelfTest;
import dev.yado.api.generated.model.SharedPool;
import dev.yado.protocol.BackupFacts;
import dev.yado.protocol.HostId;
import dev.yado.protocol.MigrationFacts;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.SelfTestReport;
import dev.yado.protocol.address.Ip;
import dev.yado.scheduler.HostSnapshot.Resources;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class HostsController implements HostsApi {
    private final Hosts hosts;
    private final CurrentCaller caller;

    HostsController(Hosts hosts, CurrentCaller caller) {
        this.hosts = hosts;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<Host> getHost(UUID hostId) {
        return ResponseEntity.ok(json(hosts.get(caller.get(), new HostId(hostId))));
    }

    @Override
    public ResponseEntity<HostPage> listHosts(Integer limit, @Nullable String cursor) {
        Page<Host> page =
                hosts.list(caller.get(), PageRequest.of("hosts", limit, cursor)).map(HostsController::json);
        return ResponseEntity.ok(new HostPage(page.items()).nextCursor(page.nextCursor()));
    }

    private static Host json(HostView host) {
        return new Host(
                        host.id().value(),
                        host.name(),
                        Host.StateEnum.valueOf(host.state().name()),
                        json(host.capacity()),
                        json(host.allocated()),
                        Host.AcceleratorEnum.fromValue(host.accelerator().name().toLowerCase(Locale.ROOT)),
                        host.architecture().toLowerCase(Locale.ROOT),
                        json(host.selfTest()),
                        host.vms(),
                        host.lastReportAt().atOffset(ZoneOffset.UTC))
                .stateReason(host.reason())
                .stateSince(
                        host.state() == HostView.State.UP
                                ? null
                                : host.lastReportAt().atOffset(ZoneOffset.UTC))
                .qemuVersion(host.qemuVersion())
                .agentVersion(host.agentVersion())
                .network(json(host.network()))
                .moves(json(host.migration()))
                .repositories(repositories(host.backup()))
                .options(host.options() == null ? null : host.options().words())
                .maintenance(host.maintenance() == null ? null : Host.MaintenanceEnum.valueOf(host.maintenance()))
                .simulated(host.simulated())
                .certificateExpiresAt(at(host.certificate().expiresAt()))
                .certificateRevoked(host.certificate().revoked());
    }

    private static @Nullable OffsetDateTime at(@Nullable Instant time) {
        return time == null ? null : time.atOffset(ZoneOffset.UTC);
    }

    private static HostResources json(Resources resources) {
        return new HostResources(
                resources.vcpus(), resources.memory().value(), resources.disk().value());
    }

    private static @Nullable HostNetworking json(@Nullable NetworkFacts network) {
        return network == null
                ? null
                : new HostNetworking(network.driver(), network.underlayMtu(), network.providers())
                        .tunnelEndpoint(text(network.tunnelEndpoint()))
                        .problem(network.problem());
    }

    private static @Nullable HostMoves json(@Nullable MigrationFacts facts) {
        if (facts == null) {
            return null;
        }
        Map<String, List<String>> models = new TreeMap<>();
        facts.cpuModels().forEach((with, names) -> models.put(with.name().toLowerCase(Locale.ROOT), names));
        return new HostMoves(
                facts.cpu(),
                models,
                facts.machineTypes(),
                facts.pools().stream()
                        .map(pool -> new SharedPool(
                                        pool.name(),
                                        pool.marker(),
                                        pool.size().value(),
                                        pool.free().value())
                                .problem(pool.problem()))
                        .toList());
    }

    private static @Nullable List<HostRepository> repositories(@Nullable BackupFacts facts) {
        return facts == null
                ? null
                : facts.repositories().stream()
                        .map(each -> new HostRepository(each.name(), each.marker()).problem(each.problem()))
                        .toList();
    }

    private static @Nullable String text(@Nullable Ip address) {
        return address == null ? null : address.toString();
    }

    private static SelfTest json(SelfTestReport test) {
        return new SelfTest(
                        SelfTest.VerdictEnum.valueOf(test.verdict().name()), test.reason(), test.nanosPerIteration())
                .details(test.details());
    }
}
