package dev.yado.api;

import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.context.MessageSourceResolvable;
import org.springframework.validation.FieldError;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.method.annotation.HandlerMethodValidationException;

/** Words for values of the right type that break a rule of the API reference. */
final class InvalidValues {
    private static final String NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}";

    private InvalidValues() {}

    static String sentence(MethodArgumentNotValidException failure) {
        return join(failure.getBindingResult().getAllErrors().stream()
                .map(error -> error instanceof FieldError field
                        ? "the field " + Quoted.name(field.getField()) + " " + rule(error.getDefaultMessage() + "")
                        : rule(error.getDefaultMessage() + "")));
    }

    static String sentence(HandlerMethodValidationException failure) {
        return join(failure.getParameterValidationResults().stream()
                .flatMap(result -> result.getResolvableErrors().stream()
                        .map(MessageSourceResolvable::getDefaultMessage)
                        .map(message -> "the parameter "
                                + result.getMethodParameter().getParameterName() + " " + rule(message + ""))));
    }

    static String sentence(ConstraintViolationException failure) {
        return join(failure.getConstraintViolations().stream()
                .map(violation ->
                        "the parameter " + Quoted.name(lastName(violation)) + " " + rule(violation.getMessage())));
    }

    private static String lastName(ConstraintViolation<?> violation) {
        String last = "";
        for (Path.Node node : violation.getPropertyPath()) {
            last = String.valueOf(node.getName());
        }
        return last;
    }

    private static String rule(String message) {
        if (message.contains(NAME_PATTERN)) {
            return "has to be 1 to 63 letters, digits, dots, hyphens or underscores and begin with a letter or digit";
        }
        return message.equals("must not be null") ? "is required" : message;
    }

    private static String join(Stream<String> sentences) {
        return sentences.sorted().collect(Collectors.joining("; "));
    }
}
