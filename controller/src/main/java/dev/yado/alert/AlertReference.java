package dev.yado.alert;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes {@code docs/alerts.md} from {@link AlertCode}. */
final class AlertReference {
    private static final String HEAD = """
            # Alerts

            Generated from `AlertCode`; `docs/generate` writes it anew.

            `GET /v1/alerts` (administrator), `yado alert list`. An alert says since when something holds that no request asked for and that
            an operator should do something about. It ends by itself when that is over: nobody acknowledges it.
            WARNING wants to be looked at this week, CRITICAL now.

            | code | severity | what to do |
            | --- | --- | --- |
            """;

    private AlertReference() {}

    static void main(String[] arguments) throws IOException {
        Files.writeString(Path.of(arguments[0]), text());
    }

    static String text() {
        StringBuilder text = new StringBuilder(HEAD);
        for (AlertCode code : AlertCode.values()) {
            text.append("| `%s` | %s | %s |\n".formatted(code.name(), code.severity(), code.whatToDo()));
        }
        return text.toString();
    }
}
