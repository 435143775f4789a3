package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/** Somebody at the shell of a witness guest, who waits for each command to end. */
final class Shell implements AutoCloseable {
    private final Vm vm;
    private final Console console;
    /** Another one for each, since a console begins with what was said before. */
    private final String mark = Long.toHexString(ThreadLocalRandom.current().nextLong());

    private int asked;

    Shell(Vm vm) {
        this.vm = vm;
        try {
            console = new Console(vm);
        } catch (Exception e) {
            throw new IllegalStateException("no console of " + vm.name(), e);
        }
    }

    /** Once the shell answers: consoles go through the daemon, which may just have been started again. */
    static Shell at(Vm vm) {
        List<Throwable> refusals = new ArrayList<>();
        try {
            return await("a shell in " + vm.name())
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> answering(vm, refusals), Objects::nonNull);
        } catch (ConditionTimeoutException silent) {
            refusals.forEach(silent::addSuppressed);
            throw silent;
        }
    }

    private static @Nullable Shell answering(Vm vm, List<Throwable> refusals) {
        try {
            return answering(new Shell(vm));
        } catch (RuntimeException refused) {
            refusals.add(refused);
            return null;
        }
    }

    private static Shell answering(Shell shell) {
        try {
            shell.run("true", Duration.ofSeconds(30));
            return shell;
        } catch (RuntimeException | AssertionError e) {
            shell.close();
            throw new IllegalStateException("it does not answer, it said: " + shell.console.heard(), e);
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
            console.type("echo " + mark + "-begin-$((" + number + "+0)); " + command + "; echo " + mark + "-end-$(("
                    + number + "+0))");
        } catch (Exception e) {
            throw new IllegalStateException("the console of " + vm.name() + " does not take: " + command, e);
        }
        return number;
    }

    String answer(int number, Duration patience) {
        String end = mark + "-end-" + number + "\r\n";
        await(vm.name() + " to have run command " + number)
                .atMost(patience)
                .untilAsserted(() -> assertThat(console.heard()).contains(end));
        String heard = console.heard();
        String begin = mark + "-begin-" + number + "\r\n";
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
