package dev.yado.kernel.sys;

/** One {@code kvm_cpuid_entry2}; the registers are unsigned 32-bit values in an int. */
public record CpuidEntry(int function, int index, int flags, int eax, int ebx, int ecx, int edx) {}
