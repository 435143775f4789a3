package dev.yado.cli.wire;

/** What the API answered; always a success. */
public final class Answer {
    private final byte[] body;

    Answer(byte[] body) {
        this.body = body;
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
