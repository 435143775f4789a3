package dev.yado.cli.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiskOptionTest {
    @Test
    void takesAnImageASizeOrBothAndAPool() {
        assertThat(DiskOption.parse("image=debian-13,size=10"))
                .isEqualTo(new DiskOption(Optional.of("debian-13"), Optional.of(10L), Optional.empty()));
        assertThat(DiskOption.parse("size=1T"))
                .isEqualTo(new DiskOption(Optional.empty(), Optional.of(1024L), Optional.empty()));
        assertThat(DiskOption.parse("image=x"))
                .isEqualTo(new DiskOption(Optional.of("x"), Optional.empty(), Optional.empty()));
        assertThat(DiskOption.parse("size=5,pool=nfs"))
                .isEqualTo(new DiskOption(Optional.empty(), Optional.of(5L), Optional.of("nfs")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10", "size=", "image=x,", "size=0.5", "colour=red", "size=10,image"})
    void refusesAnythingElse(String text) {
        assertThatThrownBy(() -> DiskOption.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
