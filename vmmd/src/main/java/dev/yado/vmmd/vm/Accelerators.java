package dev.yado.vmmd.vm;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.SelfTestReport;
import dev.yado.protocol.SelfTestReport.Verdict;
import dev.yado.protocol.YadoException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decides what executes a guest's instructions. */
public final class Accelerators {
    private final SelfTestReport selfTest;
    private final Supplier<Optional<String>> whyNoKvm;

    /** @param whyNoKvm asked at every start: empty when QEMU's user can use KVM, else why not */
    public Accelerators(SelfTestReport selfTest, Supplier<Optional<String>> whyNoKvm) {
        this.selfTest = selfTest;
        this.whyNoKvm = whyNoKvm;
    }

    public SelfTestReport selfTest() {
        return selfTest;
    }

    /** What a guest without a wish of its own gets. */
    public Accelerator automatic() {
        return selfTest.verdict() == Verdict.HARDWARE && whyNoKvm.get().isEmpty() ? Accelerator.KVM : Accelerator.TCG;
    }

    /** Those that guests can have now. */
    public Set<Accelerator> usable() {
        return whyNoKvm.get().isEmpty() ? EnumSet.of(Accelerator.KVM, Accelerator.TCG) : EnumSet.of(Accelerator.TCG);
    }

    /**
     * What a guest sees as its processor, in QEMU's words.
     *
     * @param pinned a named model, of which the guest gets every feature or is not started; null: everything that the accelerator
     *     can show to a guest
     */
    String cpuModel(Accelerator accelerator, @Nullable String pinned) {
        String all = accelerator == Accelerator.KVM ? "host" : "max";
        String model = pinned == null ? all : pinned + ",enforce=on";
        // An emulated KVM lists the register of the CPU's capabilities but does not take it: QEMU would abort.
        boolean emulated = accelerator == Accelerator.KVM && selfTest.verdict() != Verdict.HARDWARE;
        return emulated ? model + ",arch-capabilities=off" : model;
    }

    /** @throws YadoException {@link ErrorCode#ACCELERATOR_UNAVAILABLE} with the reason */
    Accelerator choose(AcceleratorChoice wish) {
        return switch (wish) {
            case AUTO -> automatic();
            case TCG -> Accelerator.TCG;
            case KVM -> {
                whyNoKvm.get().ifPresent(reason -> {
                    throw new YadoException(
                            ErrorCode.ACCELERATOR_UNAVAILABLE, "KVM was asked for, but " + reason + ".");
                });
                yield Accelerator.KVM;
            }
        };
    }
}
