package dev.yado.image;

import dev.yado.api.Caller;
import dev.yado.api.Etag;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Service;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** What callers and other packages may do with images. */
@Service
public class Images {
    private final ImageRows rows;
    private final Contents contents;
    private final TransactionTemplate nested;

    Images(ImageRows rows, Contents contents, TransactionTemplate transactions) {
        this.rows = rows;
        this.contents = contents;
        // What refuses a delete is asked after the refusal, in the same transaction where there is one.
        this.nested = new TransactionTemplate(
                Objects.requireNonNull(transactions.getTransactionManager()),
                new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_NESTED));
    }

    /** A READY image, as a VM can use it. */
    public record Usable(ImageRef reference, Architecture architecture) {}

    /**
     * For a caller that wants to use it. The row stays as long as something refers to it by a foreign key.
     *
     * @throws YadoException {@code NOT_FOUND} also for what the caller does not see, {@code IMAGE_NOT_READY}
     */
    public Usable usable(Caller caller, ImageId id) {
        ImageRow row = get(caller, id);
        return new Usable(row.reference(), row.architecture());
    }

    /** For what refers to it already. @throws YadoException {@code NOT_FOUND}, {@code IMAGE_NOT_READY} */
    public ImageRef reference(ImageId id) {
        return rows.find(id).orElseThrow(() -> notFound(id)).reference();
    }

    Page<ImageRow> list(Caller caller, PageRequest page) {
        return Page.of(
                page,
                rows.list(caller.tenant().orElse(null), page),
                row -> row.id().value());
    }

    ImageRow get(Caller caller, ImageId id) {
        return rows.find(id).filter(row -> caller.sees(row.tenant())).orElseThrow(() -> notFound(id));
    }

    /**
     * @throws YadoException {@code IN_USE} with the name of a VM; the database's foreign keys decide.
     *     {@code PRECONDITION_FAILED} for another version than the caller means
     */
    void delete(Caller caller, ImageId id, IfMatch version) {
        ImageRow image = getToChange(caller, id);
        try {
            nested.executeWithoutResult(_ -> {
                rows.lock(id).ifPresent(present -> version.check(Etag.of(present)));
                rows.delete(id);
            });
        } catch (DataIntegrityViolationException used) {
            throw new YadoException(
                    ErrorCode.IN_USE,
                    rows.userOf(id).orElse("a VM") + " uses the image " + image.name() + " (" + id + ")",
                    used);
        }
        if (image.sha256() != null) {
            contents.dropUnused(image.sha256());
        }
    }

    /**
     * @throws YadoException {@code CONFLICT} unless it waits for its content; what {@link Contents#take} throws: the image then
     *     still waits, with the reason
     * @throws IOException when the caller breaks off
     */
    ImageRow upload(Caller caller, ImageId id, Contents.Arrival arrival) throws IOException {
        ImageRow image = getToChange(caller, id);
        if (image.state() != ImageState.PENDING) {
            throw new YadoException(ErrorCode.CONFLICT, whyNoUpload(image));
        }
        String expected = agreed(image.sha256(), arrival.expectedSha256());
        try {
            contents.take(
                    image,
                    ImageState.PENDING,
                    new Contents.Arrival(arrival.bytes(), arrival.length(), expected, arrival.whenReady()),
                    _ -> {});
        } catch (YadoException refused) {
            if (refused.code() != ErrorCode.CONFLICT) {
                rows.explain(id, ImageState.PENDING, ImageState.PENDING, refused.code() + ": " + refused.getMessage());
            }
            throw refused;
        }
        return rows.find(id).orElseThrow(() -> notFound(id));
    }

    private static @Nullable String agreed(@Nullable String ofImage, @Nullable String ofUpload) {
        if (ofImage != null && ofUpload != null && !ofImage.equals(ofUpload)) {
            throw new YadoException(
                    ErrorCode.IMAGE_DIGEST_MISMATCH,
                    "the image was made for the SHA-256 " + ofImage + ", the upload is announced with " + ofUpload);
        }
        return ofImage != null ? ofImage : ofUpload;
    }

    private static String whyNoUpload(ImageRow image) {
        return switch (image.state()) {
            case PENDING -> throw new IllegalArgumentException("a PENDING image takes an upload");
            case IMPORTING -> "the image is being imported from its sourceUrl";
            case READY -> "the image has its content, which never changes; make another image";
            case FAILED -> "the import of the image has failed; remove it and make another";
        };
    }

    private ImageRow getToChange(Caller caller, ImageId id) {
        ImageRow image = get(caller, id);
        if (!caller.mayChange(image.tenant())) {
            throw new YadoException(
                    ErrorCode.FORBIDDEN,
                    "the image " + image.name() + " is for all tenants: only the administrator changes it");
        }
        return image;
    }

    static YadoException notFound(ImageId id) {
        return new YadoException(ErrorCode.NOT_FOUND, "there is no image " + id);
    }
}
