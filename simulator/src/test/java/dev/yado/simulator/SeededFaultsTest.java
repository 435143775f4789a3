package dev.yado.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SeededFaultsTest {
    private static List<Fate> calls(Faults faults) {
        return Stream.generate(faults::ofCall).limit(200).toList();
    }

    private static SeededFaults faults(long seed, int host) {
        return new SeededFaults(seed, host, 0.5, Duration.ofSeconds(1));
    }

    @Test
    void aSeedDecidesTheSameAgain() {
        assertThat(calls(faults(7, 3))).isEqualTo(calls(faults(7, 3)));
        assertThat(calls(faults(7, 3))).isNotEqualTo(calls(faults(8, 3)));
        assertThat(calls(faults(7, 3))).isNotEqualTo(calls(faults(7, 4)));
    }

    @Test
    void callsAreDecidedWhateverReportsDo() {
        SeededFaults withReports = faults(7, 3);
        List<Fate> reports = Stream.generate(withReports::ofReport).limit(50).toList();

        assertThat(calls(withReports)).isEqualTo(calls(faults(7, 3)));
        assertThat(reports).hasSize(50).doesNotContainNull();
    }

    @Test
    void everyFaultComes() {
        assertThat(calls(faults(1, 1)).stream().map(Fate::getClass).distinct()).hasSize(6);
    }

    @Test
    void nothingGoesWrongAfterTheEnd() {
        SeededFaults faults = faults(1, 1);
        faults.end();

        assertThat(calls(faults)).containsOnly(Fate.ARRIVES);
    }
}
