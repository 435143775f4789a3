package dev.yado.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ErrorReferenceTest {
    @Test
    void theReferenceOfErrorsIsWhatTheCodesSay() throws Exception {
        Path reference = Path.of(System.getProperty("yado.root", ".."), "docs", "errors.md");

        assertThat(reference)
                .as("write it anew: java -cp controller/target/controller-*.jar:controller/target/lib/* "
                        + "dev.yado.api.ErrorReference docs/errors.md")
                .content()
                .isEqualTo(ErrorReference.text());
        assertThat(Files.readString(reference)).doesNotContain("\r");
    }
}
