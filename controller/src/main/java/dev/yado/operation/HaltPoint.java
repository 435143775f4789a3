package dev.yado.operation;

import dev.yado.protocol.OperationId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Lets a test hold an operation at an exact place, to end there whatever it likes as kill -9 would. The configured directory has a
 * file named {@code <Kind>:<step>} for the place after that step's commit, with {@code :called} behind it for the place where the host
 * has been called and nothing is committed yet. The first operation that passes appends {@code .held} to the name and goes on when
 * the file is gone. Without the property nothing is looked at.
 */
@Component
class HaltPoint {
    private static final Logger LOG = LoggerFactory.getLogger(HaltPoint.class);
    private static final int LOOK_AGAIN_MILLIS = 10;

    private final @Nullable Path directory;

    HaltPoint(OperationSettings settings) {
        this.directory = settings.haltDirectory();
    }

    void committed(OperationId operation, String kind, String step) {
        if (directory != null) {
            passed(directory, operation, kind + ":" + step.toLowerCase(Locale.ROOT));
        }
    }

    void called(OperationId operation, String kind, String step) {
        if (directory != null) {
            passed(directory, operation, kind + ":" + step.toLowerCase(Locale.ROOT) + ":called");
        }
    }

    private static void passed(Path directory, OperationId operation, String place) {
        Path held = directory.resolve(place + ".held");
        try {
            Files.move(directory.resolve(place), held);
        } catch (IOException nobodyAsked) {
            return;
        }
        LOG.warn("operation {} is held at {}, as asked", operation, place);
        try {
            while (Files.exists(held)) {
                Thread.sleep(LOOK_AGAIN_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
