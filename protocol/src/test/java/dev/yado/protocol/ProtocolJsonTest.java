package dev.yado.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProtocolJsonTest {
    @Test
    void aSpecSurvivesTheWire() {
        ImageRef image = new ImageRef(ImageId.random(), ImageFormat.QCOW2, "0".repeat(64), 10, 1L << 30);
        VmShape shape = new VmShape(
                2,
                new Mebibytes(512),
                AcceleratorChoice.AUTO,
                List.of(new DiskSpec(DiskId.random(), image, Mebibytes.ofGibibytes(1))),
                new DirectBoot(image, null, "console=ttyS0"));
        VmSpec spec = new VmSpec(
                VmId.random(),
                TenantId.random(),
                "web-1",
                3,
                2,
                DesiredState.RUNNING,
                new StopPolicy(StopPolicy.Mode.GRACEFUL, 30),
                1,
                shape,
                new Autostart(10, 5));

        assertThat(roundTrip(spec, VmSpec.class)).isEqualTo(spec);
    }

    @Test
    void aReportSurvivesTheWire() {
        VmReport vm = new VmReport(
                VmId.random(),
                3,
                2,
                ObservedState.CRASHED,
                true,
                new Cause(Cause.Code.OOM_KILLED, "killed for lack of memory"),
                null,
                "pc-q35-7.2",
                true,
                GuestAgentState.CONNECTED,
                Instant.parse("2026-01-02T03:04:05.678Z"));
        HostCapacity capacity = new HostCapacity(2, new Mebibytes(1), new Mebibytes(2), new Mebibytes(1));
        SelfTestReport selfTest =
                new SelfTestReport(SelfTestReport.Verdict.EMULATED, "slow", 800.5, Map.of("cpuModel", "x"));
        HostReport report = new HostReport(
                HostId.random(),
                "h1",
                "http://127.0.0.1:1",
                "boot",
                1,
                2,
                true,
                List.of(vm),
                new HostFacts(capacity, Architecture.X86_64, Accelerator.TCG, selfTest, "7.2", "0.1"));

        assertThat(roundTrip(report, HostReport.class)).isEqualTo(report);
    }

    @Test
    void aFieldFromTheNextVersionIsPassedOver() {
        assertThat(ProtocolJson.mapper()
                        .readValue("{\"leaseSeconds\":15,\"sendFull\":true,\"later\":1}", HostReportAnswer.class))
                .isEqualTo(new HostReportAnswer(15, true));
    }

    private static <T> T roundTrip(T value, Class<T> type) {
        return ProtocolJson.mapper().readValue(ProtocolJson.mapper().writeValueAsString(value), type);
    }
}
