package dev.yado.vm;

import static dev.yado.flow.TestingCloud.end;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.operation.OperationStatus;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DiskResizeTest {
    private final TestingCloud cloud = new TestingCloud();
    private ControllerReplica replica;
    private VmId vm;

    @BeforeEach
    void aVm() {
        cloud.host(16, 16_384);
        replica = cloud.replica();
        vm = cloud.running(replica);
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    @Test
    void aStoppedVmsDiskGrowsAndTakesThatOfItsHost() {
        stop();
        long taken = taken();

        assertThat(end(
                                replica,
                                replica.vms()
                                        .resize(cloud.caller(), vm, cloud.disk(replica, vm), Mebibytes.ofGibibytes(3)))
                        .status())
                .isEqualTo(OperationStatus.SUCCEEDED);

        VmView larger = replica.vms().get(cloud.caller(), vm);
        assertThat(larger.disks().getFirst().size()).isEqualTo(Mebibytes.ofGibibytes(3));
        assertThat(larger.state()).isEqualTo(VmState.STOPPED);
        assertThat(taken() - taken).isEqualTo(2048);
    }

    @Test
    void aRunningOnesDoesNot() {
        refused(ErrorCode.CONFLICT, () -> resize(3));
    }

    @Test
    void noneBecomesSmallerOrLargerThanItsHost() {
        stop();

        refused(ErrorCode.NO_HOST_FITS, () -> resize(1 << 20));
        resizeTo(2);
        refused(ErrorCode.INVALID_REQUEST, () -> resize(1));
        assertThat(replica.vms().get(cloud.caller(), vm).disks().getFirst().size())
                .isEqualTo(Mebibytes.ofGibibytes(2));
    }

    private void resizeTo(long gib) {
        end(replica, replica.vms().resize(cloud.caller(), vm, cloud.disk(replica, vm), Mebibytes.ofGibibytes(gib)));
    }

    private void resize(long gib) {
        replica.vms().resize(cloud.caller(), vm, cloud.disk(replica, vm), Mebibytes.ofGibibytes(gib));
    }

    private void stop() {
        end(replica, replica.vms().stop(cloud.caller(), vm, StopPolicy.HARD));
    }

    private long taken() {
        return replica.fleet().snapshot().hosts().getFirst().allocated().disk().value();
    }

    private static void refused(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
