package dev.yado.image;

import dev.yado.protocol.Architecture;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * @param tenant null for an image that is for all tenants
 * @param sha256 of the content; before it is READY what the content's has to be, null for any
 * @param importOperation the newest operation on it
 */
record ImageRow(
        ImageId id,
        @Nullable TenantId tenant,
        String name,
        ImageFormat format,
        Architecture architecture,
        ImageState state,
        @Nullable String stateReason,
        @Nullable String sha256,
        @Nullable Long bytes,
        @Nullable Long virtualSize,
        @Nullable String sourceUrl,
        @Nullable UUID importOperation,
        Instant createdAt) {

    /** @throws YadoException {@code IMAGE_NOT_READY} before it has content */
    ImageRef reference() {
        if (state != ImageState.READY || sha256 == null || bytes == null || virtualSize == null) {
            throw new YadoException(
                    ErrorCode.IMAGE_NOT_READY,
                    "the image " + name + " (" + id + ") is " + state
                            + (stateReason == null ? "" : ": " + stateReason));
        }
        return new ImageRef(id, format, sha256, bytes, virtualSize);
    }
}
