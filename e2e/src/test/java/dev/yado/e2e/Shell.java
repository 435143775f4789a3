package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;

/** Somebody at the shell of a witness guest, who waits for each command to end. */
final class Shell implements AutoCloseable {
    private final Vm vm;
    private final Console console;
    private int asked;

    Shell(Vm vm) {
        this.vm = vm;
        try {
            console = new Console(vm);
        } catch (Exception e) {
            throw new IllegalStateException("no console of " + vm.name(), e);
        }
    }

    /** What the command printed, all of it. */
    String run(String command) {
        return run(command, Duration.ofSeconds(60));
    }

    String run(String command, Duration patience) {
        return answer(begin(command), patience);
    }

    /** Types a command and does not wait. @return what {@link #answer} waits for */
    int begin(String command) {
        int number = ++asked;
        try {
            // The shell's echo of this line does not contain what the line prints.
            console.type("echo begin-$((" + number + "+0)); " + command + "; echo end-$((" + number + "+0))");
        } catch (Exception e) {
            throw new IllegalStateException("the console of " + vm.name() + " does not take: " + command, e);
        }
        return number;
    }

    String answer(int number, Duration patience) {
        String end = "end-" + number + "\r\n";
        await(vm.name() + " to have run command " + number)
                .atMost(patience)
                .untilAsserted(() -> assertThat(console.heard()).contains(end));
        String heard = console.heard();
        String begin = "begin-" + number + "\r\n";
        return heard.substring(heard.indexOf(begin) + begin.length(), heard.indexOf(end));
    }

    /** The one line of an answer of the guest's {@code net}. */
    String net(String question) {
        List<String> lines = run("net " + question)
                .lines()
                .filter(line -> line.startsWith("net: "))
                .toList();
        assertThat(lines).as("net " + question + " in " + vm.name()).hasSize(1);
        return lines.getFirst().strip();
    }

    @Override
    public void close() {
        console.close();
    }
}
