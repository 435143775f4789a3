package dev.yado.vmmd.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.SelfTestReport;
import dev.yado.protocol.SelfTestReport.Verdict;
import dev.yado.protocol.YadoException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AcceleratorsTest {
    @Test
    void automaticTakesKvmOnlyOnHardware() {
        assertThat(accelerators(Verdict.HARDWARE, null).choose(AcceleratorChoice.AUTO))
                .isEqualTo(Accelerator.KVM);
        assertThat(accelerators(Verdict.EMULATED, null).choose(AcceleratorChoice.AUTO))
                .isEqualTo(Accelerator.TCG);
        assertThat(accelerators(Verdict.UNAVAILABLE, "it is locked").choose(AcceleratorChoice.AUTO))
                .isEqualTo(Accelerator.TCG);
    }

    @Test
    void automaticDoesWithoutKvmThatQemusUserMayNotOpen() {
        assertThat(accelerators(Verdict.HARDWARE, "it is locked").choose(AcceleratorChoice.AUTO))
                .isEqualTo(Accelerator.TCG);
    }

    @Test
    void forcedKvmRunsWhereverItCanBeOpened() {
        assertThat(accelerators(Verdict.EMULATED, null).choose(AcceleratorChoice.KVM))
                .isEqualTo(Accelerator.KVM);
    }

    @Test
    void forcedKvmThatCannotBeOpenedIsRefusedWithTheReason() {
        assertThatThrownBy(() -> accelerators(Verdict.HARDWARE, "it is locked").choose(AcceleratorChoice.KVM))
                .hasMessageContaining("it is locked")
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.ACCELERATOR_UNAVAILABLE));
    }

    @Test
    void aPinnedModelIsWholeOrTheGuestIsNotStarted() {
        assertThat(accelerators(Verdict.HARDWARE, null).cpuModel(Accelerator.KVM, "EPYC-v1"))
                .isEqualTo("EPYC-v1,enforce=on");
        assertThat(accelerators(Verdict.HARDWARE, null).cpuModel(Accelerator.TCG, "Westmere-v1"))
                .isEqualTo("Westmere-v1,enforce=on");
    }

    @Test
    void anEmulatedKvmIsNotGivenTheRegisterThatItDoesNotTake() {
        assertThat(accelerators(Verdict.EMULATED, null).cpuModel(Accelerator.KVM, null))
                .isEqualTo("host,arch-capabilities=off");
        assertThat(accelerators(Verdict.EMULATED, null).cpuModel(Accelerator.KVM, "qemu64-v1"))
                .isEqualTo("qemu64-v1,enforce=on,arch-capabilities=off");
        assertThat(accelerators(Verdict.EMULATED, null).cpuModel(Accelerator.TCG, null))
                .isEqualTo("max");
    }

    private static Accelerators accelerators(Verdict verdict, @org.jspecify.annotations.Nullable String whyNoKvm) {
        return new Accelerators(
                new SelfTestReport(verdict, "tested", 1, Map.of()), () -> Optional.ofNullable(whyNoKvm));
    }
}
