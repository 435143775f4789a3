package dev.yado.api;

import dev.yado.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes {@code docs/errors.md} from {@link ErrorCode}. */
final class ErrorReference {
    private static final String HEAD = """
            # Errors

            Generated from `ErrorCode`; `ErrorReferenceTest` says how to write it anew.

            Every answer that is not a success is `application/problem+json` (RFC 9457). Branch on `code`: it is stable, the words of
            `detail` are not. `fault` says who can mend it: `CALLER` by another request, `CAPACITY` by a larger or emptier cloud,
            `SYSTEM` by the operator. Failed operations carry the same codes in `error.code`.

            ```json
            {
              "type": "urn:yado:error:NAME_TAKEN",
              "title": "Name taken",
              "status": 409,
              "code": "NAME_TAKEN",
              "detail": "the tenant 0193b0a0-5c1e-7a41-9d0e-2f6b8c3d4e5f has the name acme",
              "fault": "CALLER",
              "whatToDo": "Choose another name or use the existing object, whose id the detail names."
            }
            ```

            | code | status | fault | meaning | what to do |
            | --- | --- | --- | --- | --- |
            """;

    private ErrorReference() {}

    static void main(String[] arguments) throws IOException {
        Files.writeString(Path.of(arguments[0]), text());
    }

    static String text() {
        StringBuilder text = new StringBuilder(HEAD);
        for (ErrorCode code : ErrorCode.values()) {
            text.append("| `%s` | %d | %s | %s | %s |%n"
                    .formatted(code.name(), code.httpStatus(), code.fault(), Problems.title(code), code.whatToDo())
                    .replace(System.lineSeparator(), "\n"));
        }
        return text.toString();
    }
}
