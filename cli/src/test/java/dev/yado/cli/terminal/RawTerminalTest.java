package dev.yado.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RawTerminalTest {
    /** Enters raw mode in a terminal of its own, shows it, and leaves in the way that its argument says. */
    static final class Visitor {
        private Visitor() {}

        public static void main(String[] arguments) throws Exception {
            try (RawTerminal raw = RawTerminal.enter()) {
                new ProcessBuilder("stty", "-a").inheritIO().start().waitFor();
                if (arguments[0].equals("exit")) {
                    System.exit(3);
                }
                assertThat(raw.input()).isNotNull();
            }
        }
    }

    @Test
    void endsTheInputAtTheKeyThatLeaves() throws Exception {
        InputStream keys = RawTerminal.untilEscape(new ByteArrayInputStream(new byte[] {'l', 's', 0x1d, 'x'}));
        assertThat(keys.readAllBytes()).isEqualTo(new byte[] {'l', 's'});
        assertThat(keys.read()).isEqualTo(-1);
    }

    @Test
    void passesEveryOtherKeyOn() throws Exception {
        byte[] all = {0, 3, 4, 26, 28, 127, -1, -128};
        assertThat(RawTerminal.untilEscape(new ByteArrayInputStream(all)).readAllBytes())
                .isEqualTo(all);
    }

    @Test
    void leavesTheTerminalAsItWas() throws Exception {
        assertThat(inTerminal("return")).satisfies(RawTerminalTest::rawBetweenAndSameAfter);
    }

    @Test
    void leavesTheTerminalAsItWasWhenTheProcessIsEnded() throws Exception {
        assertThat(inTerminal("exit")).satisfies(RawTerminalTest::rawBetweenAndSameAfter);
    }

    private static void rawBetweenAndSameAfter(String[] parts) {
        assertThat(parts).hasSize(3);
        assertThat(parts[1]).contains("-icanon").contains("-echo ").contains("-isig");
        assertThat(parts[2].strip()).isEqualTo(parts[0].strip()).isNotEmpty();
    }

    /** What stty says before, within and after, in a new pseudo terminal. */
    private static String[] inTerminal(String way) throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String visit = "'" + java + "' -Xmx64m -XX:TieredStopAtLevel=1 -cp '" + System.getProperty("java.class.path")
                + "' '" + Visitor.class.getName() + "' " + way;
        Process process = new ProcessBuilder(
                        "script", "-qec", "stty -g; echo ==; " + visit + "; echo ==; stty -g", "/dev/null")
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return said.split("==");
    }
}
