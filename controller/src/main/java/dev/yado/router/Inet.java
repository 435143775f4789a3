package dev.yado.router;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Addresses as PostgreSQL and callers write them. */
final class Inet {
    private Inet() {}

    /** Of a column of type inet; what follows a slash is not looked at. */
    static Ip ip(String column) {
        int slash = column.indexOf('/');
        return Ip.parse(slash < 0 ? column : column.substring(0, slash));
    }

    static @Nullable Ip ipOrNull(@Nullable String column) {
        return column == null ? null : ip(column);
    }

    static Cidr cidr(String column) {
        return Cidr.parse(column);
    }

    /** @throws YadoException {@code INVALID_REQUEST} that names the field */
    static @Nullable Ip asked(String field, @Nullable String text) {
        try {
            return text == null ? null : Ip.parse(text);
        } catch (IllegalArgumentException e) {
            throw new YadoException(ErrorCode.INVALID_REQUEST, "the field " + field + ": " + e.getMessage(), e);
        }
    }

    /** @throws YadoException {@code INVALID_REQUEST} that names the field */
    static Ip required(String field, String text) {
        return Objects.requireNonNull(asked(field, text));
    }

    static Cidr askedRange(String field, String text) {
        try {
            return Cidr.parse(text);
        } catch (IllegalArgumentException e) {
            throw new YadoException(ErrorCode.INVALID_REQUEST, "the field " + field + ": " + e.getMessage(), e);
        }
    }
}
