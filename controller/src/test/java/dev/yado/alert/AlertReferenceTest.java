package dev.yado.alert;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class AlertReferenceTest {
    @Test
    void theReferenceOfAlertsIsWhatTheCodesSay() {
        assertThat(Path.of(System.getProperty("yado.root", ".."), "docs", "alerts.md"))
                .as("write it anew: docs/generate")
                .content()
                .isEqualTo(AlertReference.text());
    }
}
