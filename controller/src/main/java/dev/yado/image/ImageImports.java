package dev.yado.image;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.YadoException;
import dev.yado.reach.Cidr;
import dev.yado.reach.Reach;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/** Carries out imports, for the flow that makes them durable. */
@Service
public class ImageImports {
    /** The kind of the operation. */
    public static final String KIND = "ImportImage";

    /** What the operation is begun with. */
    record Input(String sourceUrl) {}

    private static final Logger LOG = LoggerFactory.getLogger(ImageImports.class);
    private final ImageRows rows;
    private final Contents contents;
    private final ImageSource forTenants;
    private final ImageSource forAll = new ImageSource(new Reach.Everywhere());
    private final Duration timeout;

    ImageImports(ImageRows rows, Contents contents, ImageSettings settings) {
        this.rows = rows;
        this.contents = contents;
        this.forTenants = new ImageSource(new Reach.PublicInternet(
                settings.allowedSourceCidrs().stream().map(Cidr::parse).toList()));
        this.timeout = settings.importTimeout();
    }

    /** How an attempt ended. */
    public sealed interface Outcome {
        record Ready(long bytes) implements Outcome {}

        /** Another attempt may succeed. */
        record Interrupted(String why) implements Outcome {}

        /** No attempt will succeed. */
        record Refused(ErrorCode code, String detail) implements Outcome {}

        /** The image was removed meanwhile. */
        record Gone() implements Outcome {}
    }

    /** Fetches the content of an image that is IMPORTING. May be repeated: a READY image is answered as such. */
    public Outcome fetch(ImageId id) {
        Optional<ImageRow> found = rows.find(id);
        if (found.isEmpty()) {
            return new Outcome.Gone();
        }
        ImageRow image = found.get();
        return switch (image.state()) {
            case READY -> new Outcome.Ready(image.bytes() == null ? 0 : image.bytes());
            case PENDING, FAILED -> new Outcome.Refused(ErrorCode.CONFLICT, "the image is " + image.state());
            case IMPORTING -> fetch(image);
        };
    }

    private Outcome fetch(ImageRow image) {
        String source = image.sourceUrl();
        if (source == null) {
            return new Outcome.Refused(ErrorCode.INTERNAL, "the image is IMPORTING without a sourceUrl");
        }
        Instant endsAt = Instant.now().plus(timeout);
        try (ImageSource.Opened opened = (image.tenant() == null ? forAll : forTenants).open(SourceUrl.parse(source))) {
            contents.take(
                    image,
                    ImageState.IMPORTING,
                    new Contents.Arrival(opened.bytes(), opened.length(), image.sha256(), () -> {}),
                    _ -> requireWanted(image.id(), endsAt));
            return rows.find(image.id())
                    .<Outcome>map(row -> new Outcome.Ready(row.bytes() == null ? 0 : row.bytes()))
                    .orElseGet(Outcome.Gone::new);
        } catch (YadoException failure) {
            return explain(image.id(), failure);
        } catch (IOException e) {
            LOG.info("the import of image {} was interrupted: {}", image.id(), e.toString());
            return new Outcome.Interrupted("the transfer from " + source + " broke off");
        }
    }

    private Outcome explain(ImageId id, YadoException failure) {
        if (rows.find(id).isEmpty()) {
            return new Outcome.Gone();
        }
        String detail = String.valueOf(failure.getMessage());
        // A runner that lost its lease may still be at it: the next attempt sees what became of it.
        return failure.code() == ErrorCode.CONFLICT
                ? new Outcome.Interrupted(detail)
                : new Outcome.Refused(failure.code(), detail);
    }

    private void requireWanted(ImageId id, Instant endsAt) {
        Optional<ImageRow> image = rows.find(id);
        if (image.isEmpty()) {
            throw new YadoException(ErrorCode.CANCELLED, "the image was removed during its import");
        }
        if (image.get().state() == ImageState.FAILED) {
            throw new YadoException(ErrorCode.CANCELLED, "the import was cancelled");
        }
        if (Instant.now().isAfter(endsAt)) {
            throw new YadoException(
                    ErrorCode.DEADLINE_EXCEEDED, "the transfer took longer than " + timeout.toMinutes() + " minutes");
        }
    }

    /** The import has ended without content; nothing happens when the image is READY or gone. */
    public void fail(ImageId id, String reason) {
        rows.explain(id, ImageState.IMPORTING, ImageState.FAILED, reason);
    }

    @PreDestroy
    void close() throws IOException {
        forTenants.close();
        forAll.close();
    }
}
