package dev.yado.host;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.HostAgent;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.backup.BackupAgent;
import dev.yado.protocol.backup.RepositoryAgent;
import dev.yado.protocol.inventory.GuestStory;
import dev.yado.protocol.migration.MigrationAgent;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.NetworkAgent;
import dev.yado.protocol.network.NetworkAnswer;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.snapshot.SnapshotAgent;
import dev.yado.telemetry.LogKey;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Hosts over HTTPS. */
@Component
class HttpHostAgents implements HostAgents, HostWitness, NetworkAgents, MigrationAgents, BackupAgents, SnapshotAgents {
    private final Hosts hosts;
    private final HttpCalls calls;

    HttpHostAgents(Hosts hosts, HttpCalls calls) {
        this.hosts = hosts;
        this.calls = calls;
    }

    @Override
    public HostAgent of(HostId host) {
        HostAddress address = hosts.address(host);
        return new HostAgent() {
            @Override
            public VmReport put(CallFence fence, VmSpec spec) {
                return ask("PUT /v1/vms/{id}", spec.id(), "PUT", "/v1/vms/" + spec.id(), fence, spec);
            }

            @Override
            public VmReport delete(CallFence fence, VmId id, long generation) {
                String path = "/v1/vms/" + id + "?generation=" + generation;
                return ask("DELETE /v1/vms/{id}", id, "DELETE", path, fence, null);
            }

            private VmReport ask(
                    String name, VmId vm, String method, String path, CallFence fence, @Nullable Object body) {
                return calls.send(
                        address, new HttpCalls.Request(name, LogKey.VM, vm, method, path, fence, body), VmReport.class);
            }
        };
    }

    @Override
    public MigrationAgent migrationOf(HostId host) {
        return new HttpMigrationAgent(hosts.address(host), calls);
    }

    @Override
    public SnapshotAgent snapshotOf(HostId host) {
        return new HttpSnapshotAgent(hosts.address(host), calls);
    }

    @Override
    public BackupAgent backupOf(HostId host) {
        return new HttpBackupAgent(hosts.address(host), calls);
    }

    @Override
    public RepositoryAgent repositoryOf(HostId host) {
        return new HttpBackupAgent(hosts.address(host), calls);
    }

    @Override
    public NetworkAgent networkOf(HostId host) {
        HostAddress address = hosts.address(host);
        return new NetworkAgent() {
            @Override
            public NetworkAnswer put(HostNetwork network) {
                return ask(LogKey.NETWORK, network.id(), "PUT", "/v1/networks/{id}", "", network, NetworkAnswer.class);
            }

            @Override
            public NetworkAnswer deleteNetwork(NetworkId id, long generation) {
                String query = "?generation=" + generation;
                return ask(LogKey.NETWORK, id, "DELETE", "/v1/networks/{id}", query, null, NetworkAnswer.class);
            }

            @Override
            public NetworkAnswer put(HostRouter router) {
                return ask(LogKey.ROUTER, router.id(), "PUT", "/v1/routers/{id}", "", router, NetworkAnswer.class);
            }

            @Override
            public NetworkAnswer deleteRouter(RouterId id, long generation) {
                String query = "?generation=" + generation;
                return ask(LogKey.ROUTER, id, "DELETE", "/v1/routers/{id}", query, null, NetworkAnswer.class);
            }

            @Override
            public PacketTrace.Answer trace(PacketTrace.Question question) {
                return ask(
                        LogKey.NETWORK,
                        question.network(),
                        "POST",
                        "/v1/networks/{id}/trace",
                        "",
                        question,
                        PacketTrace.Answer.class);
            }

            /** What is asked of networks is fenced by its generation. */
            private <T> T ask(
                    LogKey key,
                    Object object,
                    String method,
                    String path,
                    String query,
                    @Nullable Object body,
                    Class<T> answer) {
                return calls.send(
                        address,
                        new HttpCalls.Request(
                                method + " " + path,
                                key,
                                object,
                                method,
                                path.replace("{id}", object.toString()) + query,
                                null,
                                body),
                        answer);
            }
        };
    }

    @Override
    public GuestStory story(HostId host, VmId vm, Duration patience) {
        return calls.get(hosts.address(host), "/v1/vms/" + vm + "/why", patience, GuestStory.class);
    }
}
