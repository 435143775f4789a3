package dev.yado.cli.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NicOptionTest {
    @Test
    void takesANetworkAndWhatElseIsNamed() {
        assertThat(NicOption.parse("network=back"))
                .isEqualTo(new NicOption(
                        "back", Optional.empty(), Optional.empty(), List.of(), Optional.empty(), Optional.empty()));
        assertThat(NicOption.parse("network=back,address=fd00::5,mac=02:00:00:00:00:01,group=a,group=b,in=10,out=20"))
                .isEqualTo(new NicOption(
                        "back",
                        Optional.of("fd00::5"),
                        Optional.of("02:00:00:00:00:01"),
                        List.of("a", "b"),
                        Optional.of(10L),
                        Optional.of(20L)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "back", "network=", "network=x,", "address=10.0.0.1", "network=x,in=fast", "network=x,in=0"})
    void refusesAnythingElse(String text) {
        assertThatThrownBy(() -> NicOption.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
