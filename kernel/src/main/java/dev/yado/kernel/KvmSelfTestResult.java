package dev.yado.kernel;

import dev.yado.protocol.SelfTestReport;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What running a guest told about /dev/kvm. Written and read as JSON as it stands.
 *
 * @param reason one sentence for the operator; for UNAVAILABLE what failed and what to do
 * @param iterations rounds of the fastest timed loop; 0 when none ended
 * @param nanosPerIteration of that loop; 0 when none ended
 * @param cpuVendor twelve letters as in CPUID, "unknown" without KVM
 * @param capabilities names without {@code KVM_CAP_}; 0 means "not there"; empty when KVM did not answer
 * @param cpuid what guests can be shown; empty when KVM did not answer
 */
public record KvmSelfTestResult(
        SelfTestReport.Verdict verdict,
        String reason,
        long iterations,
        double nanosPerIteration,
        String cpuVendor,
        String cpuModel,
        Map<String, Integer> capabilities,
        List<CpuidLeaf> cpuid) {
    public KvmSelfTestResult {
        capabilities = Collections.unmodifiableMap(new TreeMap<>(capabilities));
        cpuid = List.copyOf(cpuid);
    }

    /** For the controller: the CPUID leaves are left out, capabilities are named {@code kvm.NAME}. */
    public SelfTestReport toReport() {
        Map<String, String> details = new TreeMap<>();
        details.put("cpu.vendor", cpuVendor);
        details.put("cpu.model", cpuModel);
        details.put("iterations", Long.toString(iterations));
        capabilities.forEach((name, value) -> details.put("kvm." + name, Integer.toString(value)));
        return new SelfTestReport(verdict, reason, nanosPerIteration, details);
    }
}
