package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.MigrationFacts;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One directory that two real daemons with real guests share. */
@Tag("guest")
class SharedPoolGuestTest {
    @TempDir
    private Path machine;

    private Path mount;
    private TestingHost one;
    private TestingHost other;

    @BeforeEach
    void startHosts() throws IOException {
        Files.setPosixFilePermissions(machine, PosixFilePermissions.fromString("rwxr-xr-x"));
        mount = Files.createDirectory(machine.resolve("mount"));
        one = host();
        other = host();
    }

    @AfterEach
    void endHosts() throws IOException {
        other.close();
        one.close();
    }

    @Test
    void bothHostsTellTheSamePool() {
        MigrationFacts.SharedPool here = pool(one);
        MigrationFacts.SharedPool there = pool(other);

        assertThat(here.problem()).isNull();
        assertThat(there.marker()).isEqualTo(here.marker());
        assertThat(facts(one).machineTypes()).isNotEmpty();
    }

    @Test
    void aDiskThatAGuestHasOpenIsNotOpenedByASecondQemuOnAnotherHost() {
        VmSpec spec = spec(one.images().obedientGuest());
        one.put(spec);
        one.awaitSerial(spec.id(), 0, "obedient: hello");

        other.put(spec);

        VmReport refused = other.awaitState(spec.id(), ObservedState.FAILED);
        assertThat(Objects.requireNonNull(refused.cause()).code()).isEqualTo(Cause.Code.START_FAILED);
        assertThat(refused.cause().detail()).contains("another process using the image");
        assertThat(other.guests()).isEmpty();
        assertThat(one.awaitState(spec.id(), ObservedState.RUNNING).settled()).isTrue();
    }

    @Test
    void aVmThatWasStoppedOnOneHostStartsOnTheOtherFromTheSameDisk() throws IOException {
        VmSpec spec = spec(one.images().obedientGuest());
        one.put(spec);
        one.awaitSerial(spec.id(), 0, "obedient: hello");
        VmSpec stopped = TestingHost.next(spec, DesiredState.STOPPED, StopPolicy.HARD, 1);
        one.put(stopped);
        one.awaitState(spec.id(), ObservedState.STOPPED);

        VmSpec again = TestingHost.startedAgain(stopped);
        other.put(again);
        other.awaitSerial(spec.id(), 0, "obedient: hello");

        // The other host fetched nothing: the image lies in the pool.
        assertThat(other.state().resolve("pool/images")).isEmptyDirectory();
        assertThat(Files.readAllBytes(disk(spec))).isNotEmpty();
    }

    @Test
    void aDeletedVmTakesItsDisksWithItAlsoWhereTheyAreShared() throws IOException {
        VmSpec gone = spec(one.images().obedientGuest());
        VmSpec stays = spec(other.images().obedientGuest());
        one.put(gone);
        other.put(stays);
        one.awaitSerial(gone.id(), 0, "obedient: hello");
        other.awaitSerial(stays.id(), 0, "obedient: hello");

        assertThat(one.delete(gone).state()).isEqualTo(ObservedState.ABSENT);

        assertThat(disk(gone).getParent()).doesNotExist();
        assertThat(disk(stays)).exists();
    }

    @Test
    void aDeletionWaitsForAPoolThatIsNotMountedAndIsThenCarriedOut() throws IOException {
        VmSpec spec = spec(one.images().obedientGuest());
        one.put(spec);
        one.awaitSerial(spec.id(), 0, "obedient: hello");
        one.put(TestingHost.stopped(spec));
        one.awaitState(spec.id(), ObservedState.STOPPED);
        Path away = Files.move(mount, machine.resolve("away"));

        VmReport answer = one.delete(TestingHost.next(spec, DesiredState.STOPPED, StopPolicy.HARD, 1));
        assertThat(answer.state()).isNotEqualTo(ObservedState.ABSENT);
        one.killDaemon();
        one.startDaemon();
        Files.move(away, mount);

        await("the VM is gone")
                .atMost(TestingHost.PATIENCE)
                .until(() -> one.get(spec.id()).state() == ObservedState.ABSENT);
        assertThat(disk(spec).getParent()).doesNotExist();
    }

    @Test
    void aPoolThatIsNotMountedFailsTheStartWithASentence() throws IOException {
        Files.move(mount, machine.resolve("away"));
        VmSpec spec = spec(one.images().obedientGuest());

        one.put(spec);

        VmReport failed = one.awaitState(spec.id(), ObservedState.FAILED);
        assertThat(Objects.requireNonNull(failed.cause()).code()).isEqualTo(Cause.Code.POOL_UNAVAILABLE);
        assertThat(failed.cause().detail()).contains("shared pool shared").contains("is not there");
        assertThat(mount).doesNotExist();
    }

    private TestingHost host() throws IOException {
        boolean root = System.getProperty("user.name").equals("root");
        return root
                ? TestingHost.start("--shared-pool", "shared=" + mount, "--qemu-user", "65534:65534")
                : TestingHost.start("--shared-pool", "shared=" + mount);
    }

    private VmSpec spec(ImageRef image) {
        DiskSpec disk = new DiskSpec(DiskId.random(), image, Mebibytes.ceilOfBytes(image.virtualSize()), "shared");
        return one.spec(new VmShape(1, new Mebibytes(32), AcceleratorChoice.TCG, List.of(disk), null));
    }

    private Path disk(VmSpec spec) {
        return mount.resolve(
                "disks/" + spec.id() + "/" + spec.shape().disks().getFirst().id() + ".qcow2");
    }

    private static MigrationFacts facts(TestingHost host) {
        byte[] body = host.send("GET", "/v1/report", new byte[0]).body();
        return Objects.requireNonNull(
                ProtocolJson.mapper().readValue(body, HostReport.class).facts().migration());
    }

    private static MigrationFacts.SharedPool pool(TestingHost host) {
        return facts(host).pools().getFirst();
    }
}
