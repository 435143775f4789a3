package dev.yado.cli.session;

import dev.yado.cli.text.Screen;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Api;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Stays with an operation until it has ended and shows how it goes. Leaving, by time-out, Ctrl-C or a lost controller, never
 * changes the operation.
 */
public final class Waiting {
    private static final Duration LOST = Duration.ofSeconds(60);
    private static final Duration RETRY = Duration.ofMillis(500);

    private final Session session;
    private final Api api;
    private final Screen screen;

    public Waiting(Session session) {
        this.session = session;
        this.api = session.api();
        this.screen = session.screen();
    }

    /** Shown beside the steps, while the operation is under way: asked after each look at it. */
    public interface Beside {
        void look(Json.Document operation);
    }

    /** After a 202: waits unless told not to, then tells people the words, programs the operation or the id of what it was about. */
    public void begun(Answer accepted, WaitOptions options, Consumer<Json.Document> words) {
        begun(accepted, options, null, words);
    }

    /** @param beside null for nothing */
    public void begun(Answer accepted, WaitOptions options, @Nullable Beside beside, Consumer<Json.Document> words) {
        if (!options.waits()) {
            session.show(accepted, operation -> screen.answer(operation.text("id")));
            return;
        }
        Answer ended = untilEnd(accepted.document().text("id"), options.timeout(), beside);
        switch (session.format()) {
            case JSON -> screen.answer(ended.body());
            case NAME -> screen.answer(ended.document().text("targetId"));
            case TABLE -> {
                if (succeeded(ended.document())) {
                    words.accept(ended.document());
                }
            }
        }
        requireSuccess(ended.document());
    }

    /** Answers the ended operation, whichever way it ended. */
    public Answer untilEnd(String id, Optional<Duration> timeout) {
        return untilEnd(id, timeout, null);
    }

    private Answer untilEnd(String id, Optional<Duration> timeout, @Nullable Beside beside) {
        Thread farewell = new Thread(() -> screen.message(goesOn(id)));
        Runtime.getRuntime().addShutdownHook(farewell);
        try {
            return poll(id, timeout.map(time -> System.nanoTime() + time.toNanos()), beside);
        } finally {
            screen.clear();
            removeHook(farewell);
        }
    }

    /** @throws Failure with the operation's own code when it did not succeed */
    public static void requireSuccess(Json.Document operation) {
        if (succeeded(operation)) {
            return;
        }
        Json.Document error = operation.document("error").orElse(new Json.Document());
        throw Failure.of(
                ExitCode.FAILED,
                error.find("code").orElse(operation.text("status")),
                error.find("detail").orElse("the operation has ended as " + operation.text("status")),
                "Its steps: yado op show " + operation.text("id"));
    }

    private Answer poll(String id, Optional<Long> end, @Nullable Beside beside) {
        Progress progress = new Progress(screen, session.hostNames()::in);
        while (true) {
            Optional<Duration> left = end.map(time -> Duration.ofNanos(time - System.nanoTime()));
            if (left.isPresent() && left.get().isNegative()) {
                throw Failure.of(ExitCode.TIMED_OUT, "TIMED_OUT", "the time-out has passed", goesOn(id));
            }
            boolean oftener = beside != null && screen.live();
            long waitSeconds = oftener || left.isPresent() && left.get().toMillis() < 1000 ? 0 : 1;
            Answer answer = patiently(id, waitSeconds);
            Json.Document operation = answer.document();
            progress.show(operation);
            if (ended(operation)) {
                return answer;
            }
            if (beside != null) {
                beside.look(operation);
            }
            if (waitSeconds == 0) {
                pause(Duration.ofMillis(oftener ? 200 : 50));
            }
        }
    }

    /** A controller that restarts is back within seconds; asking again changes nothing. */
    private Answer patiently(String id, long waitSeconds) {
        long giveUp = System.nanoTime() + LOST.toNanos();
        boolean told = false;
        while (true) {
            try {
                return api.get("/v1/operations/" + id + "?waitSeconds=" + waitSeconds);
            } catch (Failure failure) {
                if (failure.exit() != ExitCode.UNREACHABLE) {
                    throw failure;
                }
                if (System.nanoTime() > giveUp) {
                    throw Failure.of(failure.exit(), failure.code(), failure.detail(), goesOn(id));
                }
                if (!told) {
                    told = true;
                    screen.message("the controller does not answer; trying for " + Words.took(LOST));
                }
                pause(RETRY);
            }
        }
    }

    private static boolean succeeded(Json.Document operation) {
        return operation.text("status").equals("SUCCEEDED");
    }

    private static boolean ended(Json.Document operation) {
        return switch (operation.text("status")) {
            case "RUNNING", "WAITING" -> false;
            default -> true;
        };
    }

    private static String goesOn(String id) {
        return "The operation goes on. To see it: yado op watch " + id;
    }

    private static void removeHook(Thread farewell) {
        try {
            Runtime.getRuntime().removeShutdownHook(farewell);
        } catch (IllegalStateException ending) {
            // The process is being ended: the hook speaks.
        }
    }

    /** Between two looks. */
    public static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failure.of(ExitCode.FAILED, "INTERRUPTED", "interrupted", "");
        }
    }
}
