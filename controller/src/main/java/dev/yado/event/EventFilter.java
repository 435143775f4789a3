package dev.yado.event;

import dev.yado.api.Caller;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What one watcher is told of.
 *
 * @param types whole types, or beginnings that end with a dot; empty for all
 * @param object null for all
 */
record EventFilter(
        Caller caller, List<String> types, @Nullable UUID object) {
    private static final Pattern TYPE = Pattern.compile("[a-z]+\\.(?:[a-z]+)?");

    EventFilter {
        types = List.copyOf(types);
        for (String type : types) {
            if (!TYPE.matcher(type).matches()) {
                throw new YadoException(
                        ErrorCode.INVALID_REQUEST,
                        "types is a list such as operation.ended,vm. (a beginning ends with a dot), not " + type);
            }
        }
    }

    /** What belongs to no tenant is the administrator's, except images, which are for all. */
    boolean lets(Event event) {
        boolean visible = event.tenant() == null && !event.objectKind().equals("image")
                ? caller.isAdministrator() && caller.tenant().isEmpty()
                : caller.sees(event.tenant());
        return visible
                && (object == null || object.equals(event.objectId()))
                && (types.isEmpty() || types.stream().anyMatch(type -> matches(type, event.type())));
    }

    private static boolean matches(String wanted, String type) {
        return wanted.endsWith(".") ? type.startsWith(wanted) : type.equals(wanted);
    }
}
