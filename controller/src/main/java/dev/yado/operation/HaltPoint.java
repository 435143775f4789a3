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
 * Lets a test end this controller, as kill -9 would, at an exact place between two steps: when the configured file holds
 * {@code <Kind>:<step>} that step has been committed, with {@code :called} behind it the host has been called and nothing is
 * committed yet. The file is removed first, so that the next controller goes on. Without the property nothing is looked at.
 */
@Component
class HaltPoint {
    private static final Logger LOG = LoggerFactory.getLogger(HaltPoint.class);
    private static final int AS_BY_SIGKILL = 137;

    private final @Nullable Path file;

    HaltPoint(OperationSettings settings) {
        this.file = settings.haltFile();
    }

    void committed(OperationId operation, String kind, String step) {
        passed(operation, kind + ":" + step);
    }

    void called(OperationId operation, String kind, String step) {
        passed(operation, kind + ":" + step + ":called");
    }

    private void passed(OperationId operation, String place) {
        Path wanted = file;
        if (wanted == null || !Files.exists(wanted)) {
            return;
        }
        try {
            if (place.equalsIgnoreCase(Files.readString(wanted).strip()) && Files.deleteIfExists(wanted)) {
                LOG.warn("halting after {} of operation {}, as asked", place.toLowerCase(Locale.ROOT), operation);
                Runtime.getRuntime().halt(AS_BY_SIGKILL);
            }
        } catch (IOException e) {
            LOG.warn("the halt file cannot be read", e);
        }
    }
}
