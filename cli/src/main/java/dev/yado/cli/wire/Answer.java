package dev.yado.cli.wire;

import org.jspecify.annotations.Nullable;

/** What the API answered; always a success. */
public final class Answer {
    private final byte[] body;
    private final String etag;

    Answer(byte[] body, @Nullable String etag) {
        this.body = body;
        this.etag = etag == null ? "" : etag;
    }

    /** The version of what was read; empty where there is none. */
    public String etag() {
        return etag;
    }

    /** As it came. */
    public byte[] body() {
        return body.clone();
    }

    public Json.Document document() {
        try {
            return Json.parseDocument(body);
        } catch (IllegalArgumentException notJson) {
            throw Failure.of(
                    ExitCode.FAILED,
                    "BAD_ANSWER",
                    "the answer is not the JSON that it should be: " + notJson.getMessage(),
                    "Check that the address is that of a Yado controller: --url or YADO_URL.");
        }
    }
}
