package dev.yado.vm;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.YadoException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.core.type.TypeReference;

/** What owners call their VMs by besides their names: words with values, by which many are meant at once. */
public final class Labels {
    static final int MOST = 32;
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?");
    private static final Pattern VALUE = Pattern.compile("([A-Za-z0-9]([A-Za-z0-9._ -]{0,61}[A-Za-z0-9])?)?");

    private Labels() {}

    /** @throws YadoException {@code INVALID_REQUEST} */
    public static SortedMap<String, String> checked(Map<String, String> labels) {
        if (labels.size() > MOST) {
            throw new YadoException(ErrorCode.INVALID_REQUEST, "labels: at most " + MOST);
        }
        labels.forEach((key, value) -> {
            if (!KEY.matcher(key).matches()
                    || value == null
                    || !VALUE.matcher(value).matches()) {
                throw new YadoException(
                        ErrorCode.INVALID_REQUEST,
                        "labels: a key has 1 to 63 letters, digits, dots, hyphens, underscores and slashes, a value at most 63 letters,"
                                + " digits, dots, hyphens, underscores and spaces; both begin and end with a letter or digit");
            }
        });
        return new TreeMap<>(labels);
    }

    static SortedMap<String, String> parse(String json) {
        return ProtocolJson.mapper().readValue(json, new TypeReference<TreeMap<String, String>>() {});
    }

    public static String json(Map<String, String> labels) {
        return ProtocolJson.mapper().writeValueAsString(new TreeMap<>(labels));
    }
}
