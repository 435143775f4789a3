package dev.yado.kernel.sys;

/**
 * What {@code KVM_CHECK_EXTENSION} is asked: {@code KVM_CAP_} and the constant's name make the C macro.
 * An answer of 0 means "not there"; otherwise 1 or a number of its own (how many vCPUs, which bits).
 */
public enum KvmCapability {
    IRQCHIP(0),
    USER_MEMORY(3),
    SET_TSS_ADDR(4),
    EXT_CPUID(7),
    NR_VCPUS(9),
    NR_MEMSLOTS(10),
    SYNC_MMU(16),
    IRQFD(32),
    IOEVENTFD(36),
    ADJUST_CLOCK(39),
    HYPERV(44),
    XSAVE(55),
    TSC_CONTROL(60),
    GET_TSC_KHZ(61),
    MAX_VCPUS(66),
    TSC_DEADLINE_TIMER(72),
    READONLY_MEM(81),
    SPLIT_IRQCHIP(121),
    MAX_VCPU_ID(128),
    X2APIC_API(129),
    IMMEDIATE_EXIT(136),
    X86_DISABLE_EXITS(143),
    MANUAL_DIRTY_LOG_PROTECT2(168),
    DIRTY_LOG_RING(192),
    DIRTY_LOG_RING_ACQ_REL(223);

    private final int number;

    KvmCapability(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
