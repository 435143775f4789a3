package dev.yado.kernel.sys;

/** Why a vCPU came back; {@link #UNLISTED} stands for all reasons this daemon has no word for. */
public enum VcpuExit {
    IO,
    HLT,
    MMIO,
    SHUTDOWN,
    FAIL_ENTRY,
    INTERNAL_ERROR,
    KICKED,
    UNLISTED;

    static VcpuExit of(int reason) {
        return switch (reason) {
            case KvmNumbers.KVM_EXIT_IO -> IO;
            case KvmNumbers.KVM_EXIT_HLT -> HLT;
            case KvmNumbers.KVM_EXIT_MMIO -> MMIO;
            case KvmNumbers.KVM_EXIT_SHUTDOWN -> SHUTDOWN;
            case KvmNumbers.KVM_EXIT_FAIL_ENTRY -> FAIL_ENTRY;
            case KvmNumbers.KVM_EXIT_INTERNAL_ERROR -> INTERNAL_ERROR;
            default -> UNLISTED;
        };
    }
}
