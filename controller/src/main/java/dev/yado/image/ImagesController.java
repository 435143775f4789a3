package dev.yado.image;

import dev.yado.api.Caller;
import dev.yado.api.CurrentCaller;
import dev.yado.api.Etag;
import dev.yado.api.Idempotency;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.ImagesApi;
import dev.yado.api.generated.model.Image;
import dev.yado.api.generated.model.ImageCreate;
import dev.yado.api.generated.model.ImagePage;
import dev.yado.api.generated.model.Plan;
import dev.yado.operation.PlanJson;
import dev.yado.protocol.ImageId;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.constraints.Pattern;
import java.io.IOException;
import java.net.URI;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class ImagesController implements ImagesApi {
    private final Images images;
    private final ImageCreation creation;
    private final Idempotency idempotency;
    private final CurrentCaller caller;

    ImagesController(Images images, ImageCreation creation, Idempotency idempotency, CurrentCaller caller) {
        this.idempotency = idempotency;
        this.images = images;
        this.creation = creation;
        this.caller = caller;
    }

    @Override
    @SuppressWarnings("unchecked") // The contract has two answers; the generated interface knows only the first.
    public ResponseEntity<Plan> createImage(ImageCreate asked, @Nullable String dryRun, @Nullable String plan) {
        ImageRows.Wanted wanted = ImageJson.wanted(asked);
        if (PlanJson.isPlanOnly(dryRun)) {
            return ResponseEntity.ok(creation.plan(caller.get(), wanted));
        }
        ImageRow made = creation.create(caller.get(), wanted, plan);
        ResponseEntity<?> answer = ResponseEntity.created(URI.create("/v1/images/" + made.id()))
                .eTag(Etag.of(made).text())
                .body(ImageJson.of(made));
        return (ResponseEntity<Plan>) answer;
    }

    @Override
    public ResponseEntity<ImagePage> listImages(Integer limit, @Nullable String cursor) {
        Page<Image> page = images.list(caller.get(), PageRequest.of("images", limit, cursor))
                .map(ImageJson::of);
        return ResponseEntity.ok(new ImagePage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<Image> getImage(UUID imageId) {
        return ok(images.get(caller.get(), new ImageId(imageId)));
    }

    private static ResponseEntity<Image> ok(ImageRow image) {
        return ResponseEntity.ok().eTag(Etag.of(image).text()).body(ImageJson.of(image));
    }

    @Override
    public ResponseEntity<Void> deleteImage(UUID imageId, @Nullable String ifMatch) {
        images.delete(caller.get(), new ImageId(imageId), new IfMatch(ifMatch));
        return ResponseEntity.noContent().build();
    }

    /** By hand: a generated interface would have the content in memory. */
    @PutMapping(path = "/v1/images/{imageId}/content", consumes = MediaType.APPLICATION_OCTET_STREAM_VALUE)
    ResponseEntity<Image> putContent(
            @PathVariable("imageId") UUID imageId,
            @Pattern(regexp = "^[0-9a-f]{64}$") @RequestParam(value = "sha256", required = false) @Nullable
                    String sha256,
            HttpServletRequest request)
            throws IOException {
        ImageId id = new ImageId(imageId);
        Caller who = caller.get();
        Contents.Arrival arrival = new Contents.Arrival(
                request.getInputStream(),
                request.getContentLengthLong(),
                sha256,
                () -> idempotency.keepUpload(ok(images.get(who, id))));
        return ok(images.upload(who, id, arrival));
    }
}
