package dev.yado.vmmd;

import static org.awaitility.Awaitility.await;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.GuestModel;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.Carried;
import dev.yado.protocol.migration.CarriedDisk;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.LayerOffer;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.protocol.migration.MigrationId;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a controller says to two hosts when a VM moves, one word after the other. */
final class TestingMove {
    private static final Duration STEP = Duration.ofMillis(10);
    private final CallFence fence = new CallFence(OperationId.random(), "move", 1);
    final MigrationId id = MigrationId.random();
    final TestingHost from;
    final TestingHost to;
    /** As it is wanted at the destination. */
    final VmSpec spec;

    private final @Nullable Accelerator accelerator;
    private String destinationUrl;
    private Duration patience = Duration.ofMinutes(5);
    private List<DiskId> copied = List.of();
    private @Nullable Integer fetchingMiBs;
    private @Nullable Ip tunnelEndpoint;

    /** @param now as it is wanted at the source */
    TestingMove(TestingHost from, TestingHost to, VmSpec now) {
        this.from = from;
        this.to = to;
        VmReport report = from.get(now.id());
        this.accelerator = report.accelerator();
        this.spec = with(
                TestingHost.next(now, now.desired(), now.stop(), now.runEpoch() + 1),
                new GuestModel(report.machineType(), null));
        this.destinationUrl = to.address();
    }

    TestingMove through(String url) {
        destinationUrl = url;
        return this;
    }

    TestingMove givingUpAfter(Duration longest) {
        patience = longest;
        return this;
    }

    TestingMove relayingTo(Ip endpoint) {
        tunnelEndpoint = endpoint;
        return this;
    }

    /** What snapshots have comes at most so fast. */
    TestingMove fetchingAt(int mebibytesPerSecond) {
        fetchingMiBs = mebibytesPerSecond;
        return this;
    }

    TestingMove copying(DiskId... disks) {
        copied = List.of(disks);
        return this;
    }

    static VmSpec with(VmSpec was, @Nullable GuestModel model) {
        return new VmSpec(
                was.id(),
                was.tenantId(),
                was.name(),
                was.generation(),
                was.runEpoch(),
                was.desired(),
                was.stop(),
                was.reboots(),
                was.shape(),
                was.autostart(),
                was.nics(),
                was.setup(),
                model);
    }

    /** What the source is given when the move was aborted. */
    VmSpec back() {
        return TestingHost.next(spec, spec.desired(), spec.stop(), spec.runEpoch() + 1);
    }

    VmId vm() {
        return spec.id();
    }

    /** Of a host's streams, as it says itself. */
    static String certificates(TestingHost host) {
        HostReport report = answer(host.send("GET", "/v1/report", new byte[0]), HostReport.class);
        return Objects.requireNonNull(report.facts().migration()).certificates();
    }

    ArrivalAnswer putArrival() {
        return putArrival(certificates(from));
    }

    ArrivalAnswer putArrival(String sourceCertificates) {
        return answer(tryArrival(sourceCertificates), ArrivalAnswer.class);
    }

    HttpResponse<byte[]> tryArrival(String sourceCertificates) {
        try {
            Arrival arrival = new Arrival(
                    id,
                    from.id(),
                    spec,
                    accelerator,
                    sourceCertificates,
                    copied,
                    carried(),
                    Instant.now().plus(patience));
            return to.send(
                    "PUT", "/v1/vms/" + vm() + "/arrival", ProtocolJson.mapper().writeValueAsBytes(arrival), fence);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What the VM's snapshots have at the source; null: nothing. */
    private @Nullable Carried carried() throws IOException {
        byte[] offer = ProtocolJson.mapper().writeValueAsBytes(new LayerOffer(id, to.id()));
        CarriedDisk[] disks =
                answer(from.send("PUT", "/v1/vms/" + vm() + "/departure/layers", offer, fence), CarriedDisk[].class);
        return disks.length == 0 ? null : new Carried(from.address(), fetchingMiBs, List.of(disks));
    }

    ArrivalAnswer awaitReady() {
        putArrival();
        return awaitArrival(ArrivalAnswer.Phase.READY);
    }

    ArrivalAnswer awaitArrival(ArrivalAnswer.Phase phase) {
        return await("the arrival is " + phase)
                .atMost(TestingHost.PATIENCE)
                .pollInterval(STEP)
                .until(this::arrival, answer -> answer.phase() == phase);
    }

    ArrivalAnswer arrival() {
        return answer(to.send("GET", "/v1/vms/" + vm() + "/arrival?migration=" + id, new byte[0]), ArrivalAnswer.class);
    }

    ArrivalAnswer settle() {
        return answer(
                to.send("DELETE", "/v1/vms/" + vm() + "/arrival?migration=" + id, new byte[0], fence),
                ArrivalAnswer.class);
    }

    DepartureAnswer depart(ArrivalAnswer ready, MigrationGoal goal) {
        return answer(tryDeparture(ready, goal), DepartureAnswer.class);
    }

    HttpResponse<byte[]> tryDeparture(ArrivalAnswer ready, MigrationGoal goal) {
        try {
            Departure departure = new Departure(
                    id,
                    to.id(),
                    destinationUrl,
                    Objects.requireNonNull(ready.endpoint()),
                    certificates(to),
                    tunnelEndpoint,
                    copied,
                    goal);
            return from.send(
                    "PUT",
                    "/v1/vms/" + vm() + "/departure",
                    ProtocolJson.mapper().writeValueAsBytes(departure),
                    fence);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    DepartureAnswer departure() {
        return answer(
                from.send("GET", "/v1/vms/" + vm() + "/departure?migration=" + id, new byte[0]), DepartureAnswer.class);
    }

    DepartureAnswer awaitDeparture(Phase phase) {
        // What ends a move is the deadline of its goal.
        return await("the departure is " + phase)
                .atMost(Duration.ofMinutes(3))
                .pollInterval(STEP)
                .until(this::departure, answer -> {
                    boolean over = answer.phase() == Phase.HANDED_OVER || answer.phase() == Phase.STAYED;
                    if (over && answer.phase() != phase) {
                        throw new IllegalStateException("it has ended otherwise: " + answer);
                    }
                    return answer.phase() == phase;
                });
    }

    /** The destination has been asked whether it is ready, and bytes flow. */
    void awaitCopying() {
        await("memory is copied")
                .atMost(TestingHost.PATIENCE)
                .pollInterval(STEP)
                .until(() -> departure().progress() != null);
    }

    DepartureAnswer cancel() {
        return answer(
                from.send("DELETE", "/v1/vms/" + vm() + "/departure?migration=" + id, new byte[0], fence),
                DepartureAnswer.class);
    }

    VmReport release() {
        return answer(
                from.send(
                        "DELETE",
                        "/v1/vms/" + vm() + "?generation=" + spec.generation() + "&moved=" + id,
                        new byte[0],
                        fence),
                VmReport.class);
    }

    /** All of it, to the end. */
    DepartureAnswer carryOut() {
        depart(awaitReady(), MigrationGoal.DEFAULT);
        DepartureAnswer answer = awaitDeparture(Phase.HANDED_OVER);
        release();
        return answer;
    }

    static <T> T answer(HttpResponse<byte[]> response, Class<T> type) {
        if (response.statusCode() != 200) {
            throw new AssertionError(response.statusCode() + " " + new String(response.body(), StandardCharsets.UTF_8));
        }
        return ProtocolJson.mapper().readValue(response.body(), type);
    }
}
