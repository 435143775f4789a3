package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.protocol.snapshot.SnapshotJob.Verb;
import dev.yado.protocol.trust.Identity;
import dev.yado.protocol.trust.IdentityFile;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guests that have snapshots are moved between two daemons, and go back to them where they have come. */
@Tag("guest")
class SnapshotMoveGuestTest {
    @TempDir
    private static Path machine;

    private static TestingHost a;
    private static TestingHost b;
    private static TestingFiles onA;
    private static TestingFiles onB;

    @BeforeAll
    static void startHosts() throws IOException {
        Files.setPosixFilePermissions(machine, PosixFilePermissions.fromString("rwxr-xr-x"));
        String pool = "shared=" + Files.createDirectory(machine.resolve("mount"));
        boolean root = System.getProperty("user.name").equals("root");
        String[] options = root
                ? new String[] {"--shared-pool", pool, "--qemu-user", "65534:65534"}
                : new String[] {"--shared-pool", pool};
        a = TestingHost.start(options);
        b = a.second(options);
        onA = new TestingFiles(a);
        onB = new TestingFiles(b);
    }

    @AfterAll
    static void endHosts() throws IOException {
        b.close();
        a.close();
    }

    @Test
    void aGuestGoesBackToASnapshotThatWasTakenOnAnotherHost() throws IOException {
        VmSpec spec = onA.ready(List.of(TestingFiles.disk(null), TestingFiles.disk("shared")));
        onA.write(spec, "first", 8);
        TestingSnapshot first = new TestingSnapshot(a, spec);
        first.done(Verb.TAKE);
        onA.write(spec, "second", 8);
        TestingSnapshot second = new TestingSnapshot(a, spec);
        second.done(Verb.TAKE);
        onA.write(spec, "third", 4);
        TestingMove move = move(a, b, spec);

        move.depart(move.awaitReady(), MigrationGoal.DEFAULT);

        move.awaitDeparture(Phase.HANDED_OVER);
        b.awaitState(spec.id(), ObservedState.RUNNING);
        move.release();
        assertThat(a.vmDirectory(spec.id())).doesNotExist();
        for (String name : List.of("first", "second", "third")) {
            onB.check(move.spec, name);
        }
        first.at(b).done(Verb.DELETE);
        onB.check(move.spec, "first");
        VmSpec stopped = TestingHost.stopped(move.spec);
        b.put(stopped);
        b.awaitState(spec.id(), ObservedState.STOPPED);
        second.at(b).done(Verb.REVERT);
        VmSpec again = TestingHost.startedAgain(stopped);
        b.put(again);
        onB.awaitReady(again, 2);
        onB.check(again, "first");
        onB.check(again, "second");
        b.type(again.id(), "ls /mnt/vd?/third; echo none=$?\n");
        b.awaitSerial(again.id(), 0, "none=1");
        second.at(b).done(Verb.DELETE);
        for (DiskSpec disk : spec.shape().disks()) {
            assertThat(layers(b, again, disk)).hasSize(1);
        }
        b.delete(again);
    }

    @Test
    void aStoppedVmTakesItsSnapshotsAlong() throws IOException {
        VmSpec spec = onA.ready(List.of(TestingFiles.disk(null)));
        onA.write(spec, "first", 8);
        TestingSnapshot first = new TestingSnapshot(a, spec);
        first.done(Verb.TAKE);
        onA.write(spec, "second", 4);
        VmSpec stopped = TestingHost.stoppedGracefully(spec, 60);
        a.put(stopped);
        a.awaitState(spec.id(), ObservedState.STOPPED);
        TestingMove move = move(a, b, stopped);

        move.carryOut();

        VmSpec started = TestingHost.startedAgain(move.spec);
        b.put(started);
        onB.awaitReady(started, 2);
        onB.check(started, "first");
        onB.check(started, "second");
        VmSpec still = TestingHost.stopped(started);
        b.put(still);
        b.awaitState(spec.id(), ObservedState.STOPPED);
        first.at(b).done(Verb.REVERT);
        TestingMove back = move(b, a, still);
        back.carryOut();
        VmSpec home = TestingHost.startedAgain(back.spec);
        a.put(home);
        onA.awaitReady(home, 2);
        onA.check(home, "first");
        a.type(home.id(), "ls /mnt/vda/second; echo none=$?\n");
        a.awaitSerial(home.id(), 0, "none=1");
        a.delete(home);
    }

    @Test
    void aMoveThatIsCalledOffWhileSnapshotsComeLeavesNothingAndCanBeginAnew() throws IOException {
        VmSpec spec = onA.ready(List.of(TestingFiles.disk(null)));
        onA.write(spec, "first", 16);
        new TestingSnapshot(a, spec).done(Verb.TAKE);
        TestingMove slow = move(a, b, spec).fetchingAt(1);
        slow.putArrival();
        await("some of it has come")
                .atMost(TestingHost.PATIENCE)
                .until(() -> Objects.requireNonNullElse(slow.arrival().doing(), "")
                        .matches("fetches what its snapshots have from host " + a.id()
                                + ", [1-9]\\d* of \\d+ MiB so far"));

        assertThat(slow.settle().phase()).isEqualTo(ArrivalAnswer.Phase.ABORTED);

        await("what has come is gone").until(() -> Files.notExists(b.vmDirectory(spec.id())));
        VmSpec stays = slow.back();
        a.put(stays);
        TestingMove again = move(a, b, stays);
        again.carryOut();
        onB.check(again.spec, "first");
        b.delete(again.spec);
    }

    @Test
    void whatSnapshotsHaveIsReadByTheDestinationAlone() throws IOException {
        VmSpec spec = onA.ready(List.of(TestingFiles.disk(null)));
        new TestingSnapshot(a, spec).done(Verb.TAKE);
        String name = spec.shape().disks().getFirst().id() + ".qcow2";
        TestingMove move = move(a, b, spec);
        assertThat(read(move, b, name).statusCode()).as("before it is offered").isEqualTo(403);

        ArrivalAnswer ready = move.awaitReady();

        assertThat(read(move, b, name).body())
                .isEqualTo(Files.readAllBytes(a.vmDirectory(spec.id()).resolve("disks/" + name)));
        assertThat(read(move, b, "../spec.json").statusCode()).isEqualTo(403);
        assertThat(read(move, b, DiskId.random() + ".qcow2").statusCode()).isEqualTo(404);
        HostId third = HostId.random();
        HttpClient stranger = client(a.controller().ca().host(third.value(), "third"));
        assertThat(read(move, stranger, name).statusCode()).isEqualTo(403);
        move.settle();
        TestingMove unasked = move(a, b, spec);
        HttpResponse<byte[]> refused = unasked.tryDeparture(ready, MigrationGoal.DEFAULT);
        assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains(ErrorCode.MIGRATION_BLOCKED.name());
        assertThat(b.vmDirectory(spec.id())).doesNotExist();
        a.delete(spec);
    }

    private static TestingMove move(TestingHost from, TestingHost to, VmSpec spec) {
        return new TestingMove(from, to, spec)
                .copying(spec.shape().disks().stream()
                        .filter(disk -> disk.pool() == null)
                        .map(DiskSpec::id)
                        .toArray(DiskId[]::new));
    }

    private static HttpResponse<byte[]> read(TestingMove move, TestingHost reader, String name) throws IOException {
        return read(move, client(IdentityFile.in(reader.state()).read().orElseThrow()), name);
    }

    private static HttpClient client(Identity identity) {
        return TestingHost.client(TestingCa.showing(identity));
    }

    private static HttpResponse<byte[]> read(TestingMove move, HttpClient reader, String name) throws IOException {
        return move.from.send(
                reader,
                "GET",
                "/v1/vms/" + move.vm() + "/departure/layers/" + name.replace("/", "%2f") + "?migration=" + move.id,
                new byte[0],
                new CallFence(OperationId.random(), "move", 1));
    }

    private static List<Path> layers(TestingHost host, VmSpec spec, DiskSpec disk) throws IOException {
        Path directory = disk.pool() == null
                ? host.vmDirectory(spec.id()).resolve("disks")
                : machine.resolve("mount/disks/" + spec.id());
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file ->
                            file.getFileName().toString().startsWith(disk.id().toString())
                                    && file.toString().endsWith(".qcow2"))
                    .toList();
        }
    }
}
