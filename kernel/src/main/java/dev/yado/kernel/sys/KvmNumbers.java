package dev.yado.kernel.sys;

/** KVM constants of linux/kvm.h on x86-64, each named exactly as its C macro: LayoutTest compares them by that name. */
final class KvmNumbers {
    static final long KVM_GET_API_VERSION = 0xae00;
    static final long KVM_CREATE_VM = 0xae01;
    static final long KVM_CHECK_EXTENSION = 0xae03;
    static final long KVM_GET_VCPU_MMAP_SIZE = 0xae04;
    static final long KVM_GET_SUPPORTED_CPUID = 0xc008ae05L;
    static final long KVM_CREATE_VCPU = 0xae41;
    static final long KVM_SET_USER_MEMORY_REGION = 0x4020ae46;
    static final long KVM_SET_TSS_ADDR = 0xae47;
    static final long KVM_RUN = 0xae80;
    static final long KVM_GET_REGS = 0x8090ae81L;
    static final long KVM_SET_REGS = 0x4090ae82;
    static final long KVM_GET_SREGS = 0x8138ae83L;
    static final long KVM_SET_SREGS = 0x4138ae84;
    static final long KVM_SET_CPUID2 = 0x4008ae90;

    static final int KVM_EXIT_IO = 2;
    static final int KVM_EXIT_HLT = 5;
    static final int KVM_EXIT_MMIO = 6;
    static final int KVM_EXIT_SHUTDOWN = 8;
    static final int KVM_EXIT_FAIL_ENTRY = 9;
    static final int KVM_EXIT_INTERNAL_ERROR = 17;

    private KvmNumbers() {}
}
