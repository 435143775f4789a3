package dev.yado.api;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.yado.api.generated.model.Problem;
import dev.yado.protocol.ErrorCode;
import java.lang.reflect.Method;
import java.time.temporal.Temporal;
import java.util.Arrays;
import java.util.Collection;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.converter.HttpMessageNotReadableException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.exc.ValueInstantiationException;

/** Says what is wrong with a JSON body: where, and what would be right there. */
final class JsonFailures {
    private JsonFailures() {}

    static Problem explain(HttpMessageNotReadableException failure) {
        return switch (failure.getCause()) {
            case UnrecognizedPropertyException unknown -> unknownField(unknown);
            case InputCoercionException range ->
                invalid("the field " + path(range) + " takes " + expected(range.getTargetType())
                        + "; the number is out of its range");
            case MismatchedInputException mismatch -> mismatch(mismatch, mismatch.getTargetType());
            case ValueInstantiationException value ->
                mismatch(value, value.getType().getRawClass());
            case StreamReadException syntax ->
                invalid("the body is not valid JSON" + position(syntax) + reason(syntax));
            case JacksonIOException _ -> invalid("the body ended before it was complete");
            case JacksonException other -> mismatch(other, null);
            case null, default -> invalid("the body is missing, it has to be a JSON object");
        };
    }

    /** What a value of the Java type is called in the API. */
    static String expected(@Nullable Class<?> type) {
        if (type == null) {
            return "another type";
        }
        if (type.isEnum()) {
            return "one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(JsonFailures::word)
                            .collect(Collectors.joining(", "));
        }
        if (type == Integer.class || type == int.class || type == Long.class || type == long.class) {
            return "a whole number";
        }
        if (Number.class.isAssignableFrom(type) || type == double.class) {
            return "a number";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (type == UUID.class) {
            return "a UUID";
        }
        if (Temporal.class.isAssignableFrom(type)) {
            return "a time as in RFC 3339";
        }
        if (type.isArray() || Collection.class.isAssignableFrom(type)) {
            return "an array";
        }
        if (CharSequence.class.isAssignableFrom(type) || type == java.net.URI.class) {
            return type == java.net.URI.class ? "an address (URI) as a string" : "a string";
        }
        return "an object";
    }

    private static Problem unknownField(UnrecognizedPropertyException failure) {
        Collection<Object> known = failure.getKnownPropertyIds();
        return Problems.of(
                ErrorCode.UNKNOWN_FIELD,
                "the field " + path(failure) + " is unknown"
                        + (known == null || known.isEmpty()
                                ? ": no field is known here"
                                : "; known are "
                                        + known.stream()
                                                .map(Object::toString)
                                                .sorted()
                                                .collect(Collectors.joining(", "))));
    }

    private static Problem mismatch(JacksonException failure, @Nullable Class<?> type) {
        if (failure.getPath().isEmpty()) {
            return invalid("the body has to be one JSON object and nothing after it; see" + position(failure));
        }
        return invalid("the field " + path(failure) + " takes " + expected(type));
    }

    private static Problem invalid(String detail) {
        return Problems.of(ErrorCode.INVALID_REQUEST, detail);
    }

    /** As in {@code disks[0].sizeGiB}. */
    private static String path(JacksonException failure) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference reference : failure.getPath()) {
            String name = reference.getPropertyName();
            if (name == null) {
                path.append('[').append(reference.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(Quoted.name(name));
            }
        }
        return path.toString();
    }

    private static String position(JacksonException failure) {
        TokenStreamLocation at = failure.getLocation();
        return at == null || at.getLineNr() < 1 ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
    }

    /** The parser's own words, where they are words about the text and not about the parser. */
    private static String reason(StreamReadException failure) {
        String words = failure.getOriginalMessage();
        return words == null || words.contains("`") || words.contains("jackson") || words.contains("\n")
                ? ""
                : ": " + Quoted.text(words);
    }

    private static String word(Object constant) {
        for (Method method : constant.getClass().getMethods()) {
            if (method.isAnnotationPresent(JsonValue.class)) {
                try {
                    return String.valueOf(method.invoke(constant));
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException("cannot read the JSON word of " + constant, e);
                }
            }
        }
        return constant.toString();
    }
}
