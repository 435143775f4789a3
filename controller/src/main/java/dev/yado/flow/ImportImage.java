package dev.yado.flow;

import dev.yado.image.ImageImports;
import dev.yado.image.ImageImports.Outcome;
import dev.yado.operation.CancelPoint;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Flow;
import dev.yado.operation.Priority;
import dev.yado.operation.Run;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Done;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.operation.StepResult.Overtaken;
import dev.yado.operation.StepResult.Wait;
import dev.yado.operation.Undo;
import dev.yado.protocol.ImageId;
import dev.yado.telemetry.LogKey;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Fetches an image's content from the address that its owner named. A transfer that breaks off begins anew. */
@Component
class ImportImage implements Flow<ImportImage.Steps> {
    private static final Duration TRANSFER = Duration.ofHours(12);
    private static final Duration BEFORE_NEXT_TRY = Duration.ofSeconds(10);
    private static final Cancellation FAILED_IMAGE = new Cancellation() {
        @Override
        public Outlook outlook(Run run) {
            return new Outlook("FAILED", "the image stays without content: remove it, or make another");
        }
    };

    private final ImageImports imports;

    ImportImage(ImageImports imports) {
        this.imports = imports;
    }

    enum Steps {
        FETCH
    }

    @Override
    public String kind() {
        return ImageImports.KIND;
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public Priority priority() {
        return Priority.BACKGROUND;
    }

    @Override
    public Cancellation cancellation() {
        return FAILED_IMAGE;
    }

    @Override
    public Duration deadline() {
        return Duration.ofHours(24);
    }

    @Override
    public LogKey target() {
        return LogKey.IMAGE;
    }

    @Override
    public Class<Steps> steps() {
        return Steps.class;
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case FETCH ->
                Step.hostCall(
                                "fetch the content and check it",
                                TRANSFER,
                                CancelPoint.NOW,
                                run -> imports.fetch(image(run)),
                                this::conclude)
                        .undoneBy(Undo.inTransaction(Deadlines.AT_ONCE, this::abandon));
        };
    }

    private StepResult<Steps> conclude(Run run, Outcome outcome) {
        return switch (outcome) {
            case Outcome.Ready(long bytes) -> {
                run.gave("bytes", bytes);
                yield new Done<>("fetched " + bytes + " bytes");
            }
            case Outcome.Interrupted(String why) -> new Wait<>(BEFORE_NEXT_TRY, why);
            case Outcome.Gone() -> new Overtaken<>("the image was removed");
            case Outcome.Refused refused -> {
                imports.fail(image(run), refused.code() + ": " + refused.detail());
                yield new GiveUp<>(refused.code(), refused.detail());
            }
        };
    }

    /** For the import that was cancelled or whose time is over; a refused one has its reason already. */
    private Undo.Result abandon(Run run) {
        imports.fail(
                image(run),
                run.cancelled()
                        ? "CANCELLED: the import was cancelled"
                        : "DEADLINE_EXCEEDED: the import did not end in time; the operation tells what it waited for");
        return new Undo.Result.Undone();
    }

    private static ImageId image(Run run) {
        return new ImageId(run.target());
    }
}
