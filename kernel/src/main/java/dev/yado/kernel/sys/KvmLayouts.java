package dev.yado.kernel.sys;

import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.stream.Stream;

/** Structs of linux/kvm.h on x86-64; struct and member names are those of C. */
final class KvmLayouts {
    static final StructLayout KVM_REGS = structLayout(Stream.of(
                            "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp", "r8", "r9", "r10", "r11", "r12",
                            "r13", "r14", "r15", "rip", "rflags")
                    .map(JAVA_LONG::withName)
                    .toArray(MemoryLayout[]::new))
            .withName("kvm_regs");

    static final StructLayout KVM_SEGMENT = structLayout(
                    JAVA_LONG.withName("base"),
                    JAVA_INT.withName("limit"),
                    JAVA_SHORT.withName("selector"),
                    JAVA_BYTE.withName("type"),
                    JAVA_BYTE.withName("present"),
                    JAVA_BYTE.withName("dpl"),
                    JAVA_BYTE.withName("db"),
                    JAVA_BYTE.withName("s"),
                    JAVA_BYTE.withName("l"),
                    JAVA_BYTE.withName("g"),
                    JAVA_BYTE.withName("avl"),
                    JAVA_BYTE.withName("unusable"),
                    JAVA_BYTE.withName("padding"))
            .withName("kvm_segment");

    private static final StructLayout KVM_DTABLE = structLayout(
                    JAVA_LONG.withName("base"),
                    JAVA_SHORT.withName("limit"),
                    sequenceLayout(3, JAVA_SHORT).withName("padding"))
            .withName("kvm_dtable");

    static final StructLayout KVM_SREGS = structLayout(
                    KVM_SEGMENT.withName("cs"),
                    KVM_SEGMENT.withName("ds"),
                    KVM_SEGMENT.withName("es"),
                    KVM_SEGMENT.withName("fs"),
                    KVM_SEGMENT.withName("gs"),
                    KVM_SEGMENT.withName("ss"),
                    KVM_SEGMENT.withName("tr"),
                    KVM_SEGMENT.withName("ldt"),
                    KVM_DTABLE.withName("gdt"),
                    KVM_DTABLE.withName("idt"),
                    JAVA_LONG.withName("cr0"),
                    JAVA_LONG.withName("cr2"),
                    JAVA_LONG.withName("cr3"),
                    JAVA_LONG.withName("cr4"),
                    JAVA_LONG.withName("cr8"),
                    JAVA_LONG.withName("efer"),
                    JAVA_LONG.withName("apic_base"),
                    sequenceLayout(4, JAVA_LONG).withName("interrupt_bitmap"))
            .withName("kvm_sregs");

    static final StructLayout KVM_USERSPACE_MEMORY_REGION = structLayout(
                    JAVA_INT.withName("slot"),
                    JAVA_INT.withName("flags"),
                    JAVA_LONG.withName("guest_phys_addr"),
                    JAVA_LONG.withName("memory_size"),
                    JAVA_LONG.withName("userspace_addr"))
            .withName("kvm_userspace_memory_region");

    /** The beginning only: what follows is a union by exit reason. */
    static final StructLayout KVM_RUN_PREFIX = structLayout(
                    JAVA_BYTE.withName("request_interrupt_window"),
                    JAVA_BYTE.withName("immediate_exit"),
                    sequenceLayout(6, JAVA_BYTE).withName("padding1"),
                    JAVA_INT.withName("exit_reason"),
                    JAVA_BYTE.withName("ready_for_interrupt_injection"),
                    JAVA_BYTE.withName("if_flag"),
                    JAVA_SHORT.withName("flags"),
                    JAVA_LONG.withName("cr8"),
                    JAVA_LONG.withName("apic_base"))
            .withName("kvm_run");

    static final StructLayout KVM_CPUID_ENTRY2 = structLayout(
                    JAVA_INT.withName("function"),
                    JAVA_INT.withName("index"),
                    JAVA_INT.withName("flags"),
                    JAVA_INT.withName("eax"),
                    JAVA_INT.withName("ebx"),
                    JAVA_INT.withName("ecx"),
                    JAVA_INT.withName("edx"),
                    sequenceLayout(3, JAVA_INT).withName("padding"))
            .withName("kvm_cpuid_entry2");

    /** The head; nent entries of {@link #KVM_CPUID_ENTRY2} follow. */
    static final StructLayout KVM_CPUID2 = structLayout(JAVA_INT.withName("nent"), JAVA_INT.withName("padding"))
            .withName("kvm_cpuid2");

    private KvmLayouts() {}
}
