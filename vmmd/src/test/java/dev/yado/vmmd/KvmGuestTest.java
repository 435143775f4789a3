package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.vmmd.qemu.QemuUser;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** KVM by a boot sector, which runs even where the machine below is emulated. */
@Tag("guest")
class KvmGuestTest {
    @Test
    void guestRunsUnderKvmWhenItIsForced() throws IOException {
        boolean root = System.getProperty("user.name").equals("root");
        QemuUser user = root ? QemuUser.parse("65534:65534") : new QemuUser.Own();
        assumeTrue(
                user.whyNoKvm(Path.of("/dev/kvm")).isEmpty(),
                () -> user.whyNoKvm(Path.of("/dev/kvm")).orElse(""));
        try (TestingHost host = root ? TestingHost.start("--qemu-user", "65534:65534") : TestingHost.start()) {
            VmSpec spec = TestingHost.with(
                    host.spec(host.images().obedientGuest()),
                    was -> new VmShape(1, was.memory(), AcceleratorChoice.KVM, was.disks(), null),
                    null);
            host.put(spec);
            host.awaitSerial(spec.id(), 0, "obedient: hello");
            VmReport report = host.awaitState(spec.id(), ObservedState.RUNNING);
            assertThat(report.accelerator()).isEqualTo(Accelerator.KVM);
            host.awaitSerial(spec.id(), 1, "00000003\n");
            assertThat(host.delete(spec).state()).isEqualTo(ObservedState.ABSENT);
        }
    }
}
