package dev.yado.image;

import dev.yado.api.AfterCommit;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.image.ImageHeader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Brings rows and files together. A file is named before its row becomes READY, and dropped after its last row has gone, both under
 * a lock on the digest: a READY row always has its file; a file without row is only possible after a crash and goes at the next
 * start.
 */
@Component
class Contents implements SmartInitializingSingleton {
    private static final Logger LOG = LoggerFactory.getLogger(Contents.class);
    private final ImageRows rows;
    private final ImageFiles files;
    private final TransactionTemplate transactions;
    private final TransactionTemplate ownTransaction;
    private final Set<ImageId> arriving = ConcurrentHashMap.newKeySet();

    Contents(ImageRows rows, ImageFiles files, TransactionTemplate transactions) {
        this.rows = rows;
        this.files = files;
        this.transactions = transactions;
        this.ownTransaction = new TransactionTemplate(
                Objects.requireNonNull(transactions.getTransactionManager()),
                new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_REQUIRES_NEW));
    }

    /**
     * Bytes on their way in.
     *
     * @param length negative when it is not known before
     * @param whenReady runs in the transaction that makes the image READY
     */
    record Arrival(InputStream bytes, long length, @Nullable String expectedSha256, Runnable whenReady) {}

    /**
     * Takes the content of an image in the state {@code from} and makes the image READY.
     *
     * @throws YadoException {@code CONFLICT} when another transfer is or was faster; {@code IMAGE_INVALID},
     *     {@code IMAGE_DIGEST_MISMATCH}, {@code TOO_LARGE}, {@code STORAGE_FULL} for the content's sake
     */
    void take(ImageRow image, ImageState from, Arrival arrival, ImageFiles.Watch watch) throws IOException {
        if (!arriving.add(image.id())) {
            throw new YadoException(ErrorCode.CONFLICT, "the content of " + words(image) + " is already on its way");
        }
        try (ImageContent content = files.receive(image.id(), arrival.bytes(), arrival.length(), watch)) {
            String expected = arrival.expectedSha256();
            if (expected != null && !expected.equals(content.sha256())) {
                throw new YadoException(
                        ErrorCode.IMAGE_DIGEST_MISMATCH,
                        "the content has the SHA-256 " + content.sha256() + ", expected was " + expected);
            }
            ImageHeader header = ImageHeader.check(image.format(), content.head(), content.bytes());
            transactions.executeWithoutResult(_ -> {
                adopt(image, from, content, header.virtualSize(), arrival.whenReady());
            });
        } finally {
            arriving.remove(image.id());
        }
    }

    private void adopt(ImageRow image, ImageState from, ImageContent content, long virtualSize, Runnable whenReady) {
        rows.lockContent(content.sha256());
        if (!rows.ready(image.id(), from, content, virtualSize)) {
            throw new YadoException(
                    ErrorCode.CONFLICT, words(image) + " is no longer " + from + ": it was removed or has its content");
        }
        whenReady.run();
        try {
            files.keep(content);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep the content of " + words(image), e);
        }
    }

    /** Removes the file when no image has this content any more, which is certain only after the present transaction. */
    void dropUnused(String sha256) {
        AfterCommit.run(() -> dropNow(sha256));
    }

    private void dropNow(String sha256) {
        ownTransaction.executeWithoutResult(_ -> {
            rows.lockContent(sha256);
            if (!rows.isContentUsed(sha256)) {
                try {
                    files.drop(sha256);
                } catch (IOException e) {
                    throw new UncheckedIOException("cannot remove the unused content " + sha256, e);
                }
            }
        });
    }

    @Override
    public void afterSingletonsInstantiated() {
        try {
            int abandoned = files.dropAbandoned();
            if (abandoned > 0) {
                LOG.info("removed {} transfers of images that never ended", abandoned);
            }
            files.kept().forEach(this::dropUnused);
            for (ImageRow image : rows.allReady()) {
                if (image.sha256() != null && !files.has(image.sha256())) {
                    LOG.error("{} is READY but its content {} is not in the image store", words(image), image.sha256());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot tidy the image store", e);
        }
    }

    private static String words(ImageRow image) {
        return "the image " + image.name() + " (" + image.id() + ")";
    }
}
