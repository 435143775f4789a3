package dev.yado.cli.session;

import java.util.Locale;

/** How answers are written. */
public enum Format {
    /** For people. */
    TABLE,
    /** The API's own JSON. */
    JSON,
    /** Ids, one a line. */
    NAME;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
