package dev.yado.cli.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WordsTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    @ParameterizedTest
    @CsvSource({"0, 0s", "119, 119s", "120, 2m", "7199, 119m", "7200, 2h", "172799, 47h", "172800, 2d", "-5, 0s"})
    void saysAgesInOneUnit(long seconds, String words) {
        assertThat(Words.age(NOW.minusSeconds(seconds).toString(), NOW)).isEqualTo(words);
    }

    @Test
    void saysNothingOfATimeThatIsNone() {
        assertThat(Words.age("", NOW)).isEmpty();
        assertThat(Words.took("", "yesterday")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1 KiB", "1536, 1.5 KiB", "536870912, 512 MiB", "1610612736, 1.5 GiB"})
    void saysBytesInTheirUnit(long bytes, String words) {
        assertThat(Words.bytes(bytes)).isEqualTo(words);
    }

    @ParameterizedTest
    @CsvSource({"90, 0.0s", "1290, 1.2s", "59999, 59.9s", "65000, 1m05s"})
    void saysHowLongSomethingTook(long millis, String words) {
        assertThat(Words.took(Duration.ofMillis(millis))).isEqualTo(words);
    }

    @ParameterizedTest
    @CsvSource({"512, 512", "512M, 512", "2G, 2048", "2g, 2048", "1T, 1048576", "1GiB, 1024", "2048K, 2"})
    void readsMemory(String text, long mebibytes) {
        assertThat(Words.parseMebibytes(text)).isEqualTo(mebibytes);
    }

    @ParameterizedTest
    @CsvSource({"10, 10", "10G, 10", "1T, 1024", "2048M, 2"})
    void readsDiskSizes(String text, long gibibytes) {
        assertThat(Words.parseGibibytes(text)).isEqualTo(gibibytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "-1", "1.5G", "1X", "100K", "99999999999999999999"})
    void refusesWhatIsNoAmount(String text) {
        assertThatThrownBy(() -> Words.parseMebibytes(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"90, 90", "90s, 90", "5m, 300", "2h, 7200"})
    void readsTimes(String text, long seconds) {
        assertThat(Words.parseDuration(text)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "-1", "1.5", "5 minutes"})
    void refusesWhatIsNoTime(String text) {
        assertThatThrownBy(() -> Words.parseDuration(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
