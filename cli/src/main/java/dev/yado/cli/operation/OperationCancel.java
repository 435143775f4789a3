package dev.yado.cli.operation;

import dev.yado.cli.session.Format;
import dev.yado.cli.session.Names;
import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import dev.yado.cli.text.Facts;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "cancel",
        description =
                "Turn an operation round: what it did is undone. Says what that does, then stays until it has ended.",
        footer = {
            "",
            "Refused with CANCEL_TOO_LATE where there is no way back, and with OPERATION_ENDED where it has ended otherwise.",
            "",
            "Example:",
            "  yado op cancel 019ab0c4-5f1e-7c3d-9a57-0d4c1b6f2e11"
        })
public final class OperationCancel implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "OPERATION", description = "Id.")
    private String operation = "";

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public OperationCancel(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String id = Names.operation(operation);
        Answer answer = session.api().post("/v1/operations/" + id + "/cancel");
        Json.Document cancel = answer.document();
        switch (session.format()) {
            case JSON -> session.screen().answer(answer.body());
            case NAME -> session.screen().answer(id);
            case TABLE -> facts(cancel);
        }
        if (wait.waits() && !cancel.text("effect").equals("CANCELLED")) {
            Json.Document ended =
                    new Waiting(session).untilEnd(id, wait.timeout()).document();
            if (session.format() == Format.TABLE) {
                session.screen()
                        .answer("ended as " + ended.text("status") + " after "
                                + Words.took(cancel.text("requestedAt"), ended.text("endedAt")));
            }
        }
    }

    private void facts(Json.Document cancel) {
        new Facts()
                .add("effect", cancel.text("effect"))
                .add("what happens", cancel.text("detail"))
                .add("undone", String.join(", ", cancel.texts("undo")))
                .add("then it is", cancel.text("targetState"))
                .add("asked by", cancel.text("requestedBy"))
                .add("asked at", cancel.text("requestedAt"))
                .show(session.screen());
    }
}
