package dev.yado.image;

import dev.yado.api.Caller;
import dev.yado.api.SignedPlans;
import dev.yado.api.generated.model.Plan;
import dev.yado.operation.Operations;
import dev.yado.operation.Outlines;
import dev.yado.operation.PlanJson;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Makes images. Apart from {@link Images}, which flows use: this one begins operations and so needs all flows. */
@Service
class ImageCreation {
    private final ImageRows rows;
    private final Operations operations;
    private final Outlines outlines;
    private final SignedPlans signed;
    private final TransactionTemplate transactions;

    ImageCreation(
            ImageRows rows,
            Operations operations,
            Outlines outlines,
            SignedPlans signed,
            TransactionTemplate transactions) {
        this.outlines = outlines;
        this.signed = signed;
        this.rows = rows;
        this.operations = operations;
        this.transactions = transactions;
    }

    /**
     * With a sourceUrl the import begins in the same transaction.
     *
     * @param plan token of a plan of this call; null: it was not planned
     * @throws YadoException {@code NAME_TAKEN} with the id of the image that has the name; {@code PLAN_STALE} when that was planned
     */
    ImageRow create(Caller caller, ImageRows.Wanted wanted, @Nullable String plan) {
        if (plan != null && !signed.open(caller, plan).equals(wanted.toString())) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST, "the plan in X-Yado-Plan is that of another call, or of another body");
        }
        try {
            return create(caller, wanted);
        } catch (YadoException refused) {
            throw plan == null
                    ? refused
                    : new YadoException(ErrorCode.PLAN_STALE, "the plan no longer holds: " + refused.getMessage());
        }
    }

    /** What it would do; nothing is changed. */
    Plan plan(Caller caller, ImageRows.Wanted wanted) {
        TenantId owner = caller.tenant().orElse(null);
        List<YadoException> blockers = rows.findByName(owner, wanted.name()).isPresent()
                ? List.of(nameTaken(owner, wanted.name()))
                : List.of();
        Plan plan = new Plan(
                ImageImports.KIND,
                wanted.sourceUrl() == null ? Plan.EffectEnum.NOTHING : Plan.EffectEnum.BEGINS,
                wanted.sourceUrl() == null
                        ? "makes the image " + wanted.name() + ", which then waits for its content; no operation begins"
                        : "makes the image " + wanted.name() + " and fetches its content from " + wanted.sourceUrl(),
                wanted.sourceUrl() == null ? List.of() : PlanJson.steps(outlines.of(ImageImports.KIND)),
                List.of(),
                PlanJson.blockers(blockers));
        return blockers.isEmpty() ? PlanJson.withToken(plan, signed.sign(caller, wanted.toString())) : plan;
    }

    private ImageRow create(Caller caller, ImageRows.Wanted wanted) {
        TenantId owner = caller.tenant().orElse(null);
        ImageId id = ImageId.random();
        boolean made = Boolean.TRUE.equals(transactions.execute(_ -> {
            if (!rows.insert(id, owner, wanted)) {
                return false;
            }
            if (wanted.sourceUrl() != null) {
                operations.begin(
                        ImageImports.KIND,
                        owner,
                        id.value(),
                        new ImageImports.Input(wanted.sourceUrl().toString()));
            }
            return true;
        }));
        if (!made) {
            throw nameTaken(owner, wanted.name());
        }
        return rows.find(id).orElseThrow(() -> Images.notFound(id));
    }

    private YadoException nameTaken(@Nullable TenantId owner, String name) {
        return new YadoException(
                ErrorCode.NAME_TAKEN,
                "the image "
                        + rows.findByName(owner, name)
                                .map(image -> image.id().toString())
                                .orElse("which is just being removed")
                        + " has the name " + name);
    }
}
