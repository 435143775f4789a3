package dev.yado.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Reads the CPU's names out of CPUID: the vendor from leaf 0, the model from leaves 0x80000002 to 4. */
final class CpuNames {
    private static final long VENDOR = 0;
    private static final List<Long> BRAND = List.of(0x8000_0002L, 0x8000_0003L, 0x8000_0004L);

    private CpuNames() {}

    static Optional<String> vendor(List<CpuidLeaf> leaves) {
        return leaf(leaves, VENDOR).map(leaf -> text(leaf.ebx(), leaf.edx(), leaf.ecx()));
    }

    static Optional<String> model(List<CpuidLeaf> leaves) {
        StringBuilder brand = new StringBuilder();
        for (long function : BRAND) {
            leaf(leaves, function)
                    .ifPresent(leaf -> brand.append(text(leaf.eax(), leaf.ebx(), leaf.ecx(), leaf.edx())));
        }
        return Optional.of(brand.toString().strip()).filter(name -> !name.isEmpty());
    }

    private static Optional<CpuidLeaf> leaf(List<CpuidLeaf> leaves, long function) {
        return leaves.stream().filter(leaf -> leaf.function() == function).findFirst();
    }

    private static String text(long... registers) {
        ByteBuffer bytes = ByteBuffer.allocate(registers.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long register : registers) {
            bytes.putInt((int) register);
        }
        return new String(bytes.array(), StandardCharsets.US_ASCII).replace("\0", "");
    }
}
