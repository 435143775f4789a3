package dev.yado.kernel;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The packet filter refused a script, and nothing of it holds. */
public final class NftablesException extends IOException {
    /** As in {@code <buffer>:12:5-9: Error: No such file or directory}. */
    private static final Pattern PLACE = Pattern.compile(":(\\d+):\\d+-\\d+: Error: ([^\\n]*)");

    private NftablesException(String message) {
        super(message);
    }

    /** @param error the first of the library's errors names the line; later ones follow from it */
    static NftablesException of(String error, String script) {
        Matcher place = PLACE.matcher(error);
        if (!place.find()) {
            return new NftablesException("the kernel refuses the packet rules: "
                    + (error.isBlank() ? "libnftables does not say why" : error.strip()));
        }
        int number = Integer.parseInt(place.group(1));
        String line = script.lines().skip(number - 1L).findFirst().orElse("").strip();
        return new NftablesException(
                "the kernel refuses the packet rules: " + place.group(2) + ", in line " + number + ": " + line);
    }
}
