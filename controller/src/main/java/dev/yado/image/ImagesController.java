package dev.yado.image;

import dev.yado.api.CurrentCaller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.ImagesApi;
import dev.yado.api.generated.model.Image;
import dev.yado.api.generated.model.ImageCreate;
import dev.yado.api.generated.model.ImagePage;
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
    private final CurrentCaller caller;

    ImagesController(Images images, ImageCreation creation, CurrentCaller caller) {
        this.images = images;
        this.creation = creation;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<Image> createImage(ImageCreate asked) {
        Image made = ImageJson.of(creation.create(caller.get(), ImageJson.wanted(asked)));
        return ResponseEntity.created(URI.create("/v1/images/" + made.getId())).body(made);
    }

    @Override
    public ResponseEntity<ImagePage> listImages(Integer limit, @Nullable String cursor) {
        Page<Image> page = images.list(caller.get(), PageRequest.of("images", limit, cursor))
                .map(ImageJson::of);
        return ResponseEntity.ok(new ImagePage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<Image> getImage(UUID imageId) {
        return ResponseEntity.ok(ImageJson.of(images.get(caller.get(), new ImageId(imageId))));
    }

    @Override
    public ResponseEntity<Void> deleteImage(UUID imageId) {
        images.delete(caller.get(), new ImageId(imageId));
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
        Contents.Arrival arrival =
                new Contents.Arrival(request.getInputStream(), request.getContentLengthLong(), sha256);
        return ResponseEntity.ok(ImageJson.of(images.upload(caller.get(), new ImageId(imageId), arrival)));
    }
}
