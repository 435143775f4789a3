package dev.yado.cli.session;

import dev.yado.cli.text.Screen;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A screen whose words can be read back. */
public final class TestScreen {
    private final ByteArrayOutputStream answers = new ByteArrayOutputStream();
    private final ByteArrayOutputStream messages = new ByteArrayOutputStream();
    private final Screen screen;

    public TestScreen(boolean live) {
        screen = new Screen(
                new PrintStream(answers, true, StandardCharsets.UTF_8),
                new PrintStream(messages, true, StandardCharsets.UTF_8),
                live,
                false);
    }

    public Screen screen() {
        return screen;
    }

    public String answers() {
        return answers.toString(StandardCharsets.UTF_8);
    }

    public String messages() {
        return messages.toString(StandardCharsets.UTF_8);
    }
}
