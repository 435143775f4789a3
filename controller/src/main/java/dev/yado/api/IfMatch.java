package dev.yado.api;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The header If-Match of a change: which version of the object it is meant for. */
public record IfMatch(@Nullable String header) {
    public static final IfMatch ANY = new IfMatch(null);

    /** False when every version will do. */
    public boolean asks() {
        return header != null && !header.strip().equals("*");
    }

    /**
     * To be called with the object locked.
     *
     * @throws YadoException {@code PRECONDITION_FAILED} when it is another version
     */
    public void check(Etag present) {
        String asked = header;
        if (asked == null || !asks()) {
            return;
        }
        boolean same =
                Arrays.stream(asked.split(",")).anyMatch(tag -> tag.strip().equals(present.text()));
        if (!same) {
            throw new YadoException(
                    ErrorCode.PRECONDITION_FAILED,
                    "the object has the ETag " + present + " by now, If-Match asks for " + Quoted.name(asked));
        }
    }
}
