package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import dev.yado.protocol.snapshot.SnapshotAnswer.Phase;
import dev.yado.protocol.snapshot.SnapshotJob;
import dev.yado.protocol.snapshot.SnapshotJob.Verb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Snapshots of guests that run and write; what is on the disks later is asked of the guest. */
@Tag("guest")
class SnapshotGuestTest {
    /** Counts on both disks, on the second one only when the first has it. */
    private static final String COUNT =
            "i=0; while :; do i=$((i+1)); for d in a b; do echo $i | dd of=/mnt/vd$d/n conv=fsync 2>/dev/null; done; done &\n";

    private static TestingHost host;
    private static TestingFiles files;

    @BeforeAll
    static void startHost() throws IOException {
        boolean root = System.getProperty("user.name").equals("root");
        host = root ? TestingHost.start("--qemu-user", "65534:65534") : TestingHost.start();
        files = new TestingFiles(host);
    }

    @AfterAll
    static void endHost() throws IOException {
        host.close();
    }

    @Test
    void allDisksGoBackToOneInstantAndWhatIsDeletedLaterTakesNothingWithIt() throws IOException {
        VmSpec spec = files.ready(2);
        files.write(spec, "old", 8);
        host.type(spec.id(), COUNT + "while [ ! -s /mnt/vdb/n ]; do :; done; echo counts=$((1))\n");
        host.awaitSerial(spec.id(), 0, "counts=1");
        TestingSnapshot snapshot = new TestingSnapshot(host, spec);

        SnapshotJob take = snapshot.job(Verb.TAKE);
        SnapshotAnswer taken = snapshot.awaitEnd(take);

        assertThat(taken.phase()).isEqualTo(Phase.DONE);
        assertThat(taken.takenAt()).isNotNull();
        assertThat(snapshot.put(take)).isEqualTo(taken);
        assertThat(host.awaitState(spec.id(), ObservedState.RUNNING).settled()).isTrue();
        host.type(
                spec.id(),
                "rm /mnt/vd?/old; a=$(cat /mnt/vdb/n); while [ \"$(cat /mnt/vdb/n)\" = \"$a\" ]; do :; done; sync; echo gone=$((1))\n");
        host.awaitSerial(spec.id(), 0, "gone=1");
        assertThat(code(snapshot.tryPut(snapshot.job(Verb.REVERT)).body())).isEqualTo(ErrorCode.CONFLICT);
        VmSpec stopped = TestingHost.stopped(spec);
        host.put(stopped);

        snapshot.done(Verb.REVERT);

        VmSpec again = TestingHost.startedAgain(stopped);
        host.put(again);
        files.awaitReady(again, 2);
        files.check(again, "old");
        host.type(again.id(), "echo counted $(cat /mnt/vda/n) $(cat /mnt/vdb/n) at=$((3))\n");
        host.awaitSerial(again.id(), 0, "at=3");
        Matcher counted = Pattern.compile("counted (\\d+) (\\d+) at=3").matcher(host.serial(again.id(), 0));
        assertThat(counted.find()).isTrue();
        assertThat(Integer.parseInt(counted.group(1)) - Integer.parseInt(counted.group(2)))
                .isBetween(0, 1);

        TestingSnapshot second = new TestingSnapshot(host, again);
        second.done(Verb.TAKE);
        files.write(again, "new", 4);
        snapshot.done(Verb.DELETE);
        second.done(Verb.DELETE);

        assertThat(diskFiles(again)).hasSize(4);
        files.write(again, "newer", 1);
        VmSpec stoppedAgain = TestingHost.stopped(again);
        host.put(stoppedAgain);
        VmSpec last = TestingHost.startedAgain(stoppedAgain);
        host.put(last);
        files.awaitReady(last, 3);
        for (String name : List.of("old", "new", "newer")) {
            files.check(last, name);
        }
        host.delete(last);
    }

    @Test
    void whoeverIsKilledInTheMiddleTheDisksAreWholeAndTheJobHasAnEnd() throws IOException {
        VmSpec spec = files.ready(1);
        files.write(spec, "old", 16);
        TestingSnapshot snapshot = new TestingSnapshot(host, spec);
        SnapshotJob take = snapshot.job(Verb.TAKE);
        snapshot.put(take);
        host.killDaemon();
        host.startDaemon();
        if (snapshot.awaitEnd(take).phase() == Phase.FAILED) {
            snapshot.done(Verb.TAKE);
        }
        host.awaitState(spec.id(), ObservedState.RUNNING);
        files.write(spec, "new", 4);
        TestingSnapshot second = new TestingSnapshot(host, spec);
        SnapshotJob cut = second.job(Verb.TAKE);
        second.put(cut);
        TestingHost.kill(host.pid(spec.id()));
        host.awaitState(spec.id(), ObservedState.CRASHED);
        if (second.awaitEnd(cut).phase() == Phase.FAILED) {
            second.done(Verb.TAKE);
        }
        VmSpec again = TestingHost.startedAgain(spec);
        host.put(again);
        files.awaitReady(again, 2);
        files.check(again, "old");
        files.check(again, "new");

        SnapshotJob delete = snapshot.job(Verb.DELETE);
        snapshot.put(delete);
        TestingHost.kill(host.pid(spec.id()));
        host.killDaemon();
        host.startDaemon();
        host.awaitState(spec.id(), ObservedState.CRASHED);
        VmSpec last = TestingHost.startedAgain(again);
        host.put(last);

        files.awaitReady(last, 3);
        assertThat(snapshot.awaitEnd(delete).phase()).isEqualTo(Phase.DONE);
        second.done(Verb.DELETE);
        assertThat(diskFiles(last)).hasSize(2);
        files.check(last, "old");
        files.check(last, "new");
        host.delete(last);
    }

    @Test
    void anotherVmHasWhatTheSnapshotHasWhileTheGuestGoesOnAndThenNeedsNothingOfIt() throws IOException {
        VmSpec spec = files.ready(2);
        files.write(spec, "old", 16);
        TestingSnapshot first = new TestingSnapshot(host, spec);
        first.done(Verb.TAKE);
        files.write(spec, "later", 8);
        TestingSnapshot snapshot = new TestingSnapshot(host, spec);
        snapshot.done(Verb.TAKE);
        files.write(spec, "new", 1);
        VmSpec copy = snapshot.copied();

        host.put(copy);
        host.killDaemon();
        host.startDaemon();

        files.awaitReady(copy, 2);
        files.check(copy, "old");
        files.check(copy, "later");
        host.type(copy.id(), "ls /mnt/vd?/new; echo none=$?\n");
        host.awaitSerial(copy.id(), 0, "none=1");
        first.done(Verb.DELETE);
        snapshot.done(Verb.DELETE);
        files.check(spec, "later");
        files.check(spec, "new");
        host.delete(spec);
        VmSpec stopped = TestingHost.stopped(copy);
        host.put(stopped);
        VmSpec again = TestingHost.startedAgain(stopped);
        host.put(again);
        files.awaitReady(again, 3);
        files.check(again, "old");
        files.check(again, "later");
        host.delete(again);
    }

    private static ErrorCode code(byte[] body) {
        Matcher code = Pattern.compile("\"code\":\"([A-Z_]+)\"").matcher(new String(body));
        assertThat(code.find()).isTrue();
        return ErrorCode.valueOf(code.group(1));
    }

    private static List<String> diskFiles(VmSpec spec) throws IOException {
        try (Stream<Path> all = Files.list(host.vmDirectory(spec.id()).resolve("disks"))) {
            return all.map(file -> file.getFileName().toString()).toList();
        }
    }
}
