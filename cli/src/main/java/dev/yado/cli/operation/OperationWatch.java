package dev.yado.cli.operation;

import dev.yado.cli.session.Names;
import dev.yado.cli.session.Session;
import dev.yado.cli.session.Waiting;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Answer;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "watch",
        description = "Stay with an operation until it has ended; exit with 1 when it failed.",
        footer = {"", "Example:", "  yado op watch 019ab0c4-5f1e-7c3d-9a57-0d4c1b6f2e11"})
public final class OperationWatch implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "OPERATION", description = "Id.")
    private String operation = "";

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "Watch at most so long (90, 90s, 5m, 2h), then exit with 7; the operation goes on.")
    private @Nullable Duration timeout;

    public OperationWatch(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Answer ended = new Waiting(session).untilEnd(Names.operation(operation), Optional.ofNullable(timeout));
        session.show(
                ended,
                done -> session.screen()
                        .answer(done.text("kind") + " has ended: " + done.text("status") + ", "
                                + Words.took(done.text("createdAt"), done.text("endedAt"))));
        Waiting.requireSuccess(ended.document());
    }
}
