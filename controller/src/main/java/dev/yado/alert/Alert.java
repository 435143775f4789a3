package dev.yado.alert;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * @param detail a sentence that says what is wrong with this subject
 * @param endedAt null while it is open
 */
public record Alert(
        UUID id,
        String code,
        Severity severity,
        Subject subject,
        String detail,
        Instant since,
        @Nullable Instant endedAt) {}
