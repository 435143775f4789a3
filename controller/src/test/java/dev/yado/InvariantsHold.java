package dev.yado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.drift.Invariants;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.test.context.junit.jupiter.SpringExtension;

/** After each class: what no test may have broken. A test that corrupts rows on purpose puts them in order again. */
final class InvariantsHold implements AfterAllCallback {
    @Override
    public void afterAll(ExtensionContext test) {
        assertThat(SpringExtension.getApplicationContext(test)
                        .getBean(Invariants.class)
                        .violations())
                .as("queries that never return a row")
                .isEmpty();
    }
}
