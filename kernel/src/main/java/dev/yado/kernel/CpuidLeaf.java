package dev.yado.kernel;

import dev.yado.kernel.sys.CpuidEntry;

/** One answer of the CPUID instruction that KVM can show to guests; every value is unsigned 32-bit in a long. */
public record CpuidLeaf(long function, long index, long eax, long ebx, long ecx, long edx) {
    static CpuidLeaf of(CpuidEntry entry) {
        return new CpuidLeaf(
                Integer.toUnsignedLong(entry.function()),
                Integer.toUnsignedLong(entry.index()),
                Integer.toUnsignedLong(entry.eax()),
                Integer.toUnsignedLong(entry.ebx()),
                Integer.toUnsignedLong(entry.ecx()),
                Integer.toUnsignedLong(entry.edx()));
    }
}
