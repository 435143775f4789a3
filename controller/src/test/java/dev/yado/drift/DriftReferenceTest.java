package dev.yado.drift;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DriftReferenceTest {
    @Test
    void theReferenceOfDriftIsWhatTheKindsSay() {
        assertThat(Path.of(System.getProperty("yado.root", ".."), "docs", "drift.md"))
                .as("write it anew: docs/generate")
                .content()
                .isEqualTo(DriftReference.text());
    }
}
