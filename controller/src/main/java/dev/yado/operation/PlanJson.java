package dev.yado.operation;

import dev.yado.api.SignedPlans;
import dev.yado.api.generated.model.Plan;
import dev.yado.api.generated.model.PlanBlocker;
import dev.yado.api.generated.model.PlanStep;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Plans as the API shows them: what all have in common. */
public final class PlanJson {
    private PlanJson() {}

    /** @throws YadoException {@code INVALID_REQUEST} for another word than plan */
    public static boolean isPlanOnly(@Nullable String dryRun) {
        if (dryRun != null && !dryRun.equals("plan")) {
            throw new YadoException(ErrorCode.INVALID_REQUEST, "the parameter dryRun takes one of plan");
        }
        return dryRun != null;
    }

    public static List<PlanStep> steps(List<Outlines.Line> outline) {
        return outline.stream()
                .map(line -> new PlanStep(
                        line.name(),
                        "at most "
                                + line.longest()
                                        .toString()
                                        .replaceFirst("P?T", "")
                                        .toLowerCase(Locale.ROOT)))
                .toList();
    }

    public static List<PlanBlocker> blockers(List<YadoException> blockers) {
        return blockers.stream()
                .map(blocker -> new PlanBlocker(
                        blocker.code().name(),
                        String.valueOf(blocker.getMessage()),
                        blocker.code().whatToDo()))
                .toList();
    }

    public static Plan withToken(Plan plan, SignedPlans.@Nullable Signed signed) {
        return signed == null
                ? plan
                : plan.token(signed.token()).expiresAt(signed.expiresAt().atOffset(ZoneOffset.UTC));
    }
}
