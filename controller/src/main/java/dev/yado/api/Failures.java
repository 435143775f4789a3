package dev.yado.api;

import dev.yado.api.generated.model.Problem;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.ConstraintViolationException;
import java.sql.SQLException;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.catalina.connector.ClientAbortException;
import org.apache.coyote.BadRequestException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.ServletRequestBindingException;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/** Says of every failure what the caller may know of it. What nobody foresaw goes to the log, under a reference that the answer names. */
@Component
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);
    private static final String CHARACTER_NOT_IN_REPERTOIRE = "22021";

    Problem explain(Throwable failure, HttpServletRequest request) {
        YadoException coded = findCause(failure, YadoException.class);
        if (coded != null) {
            return coded(coded, request);
        }
        if (findCause(failure, BadRequestException.class) != null) {
            return invalid("the body is not encoded as HTTP wants it");
        }
        return switch (failure) {
            case HttpMessageNotReadableException unreadable -> JsonFailures.explain(unreadable);
            case MethodArgumentNotValidException invalid -> invalid(InvalidValues.sentence(invalid));
            case HandlerMethodValidationException invalid -> invalid(InvalidValues.sentence(invalid));
            case ConstraintViolationException invalid -> invalid(InvalidValues.sentence(invalid));
            case MethodArgumentTypeMismatchException mismatch
            when mismatch.getParameter().hasParameterAnnotation(PathVariable.class) ->
                Problems.of(
                        ErrorCode.NOT_FOUND,
                        "there is nothing at " + request.getRequestURI() + ": " + mismatch.getName() + " is not "
                                + JsonFailures.expected(mismatch.getRequiredType()));
            case MethodArgumentTypeMismatchException mismatch ->
                invalid("the parameter " + mismatch.getName() + " takes "
                        + JsonFailures.expected(mismatch.getRequiredType()));
            case ServletRequestBindingException binding ->
                invalid(binding.getBody().getDetail() + "");
            case NoHandlerFoundException _, NoResourceFoundException _ ->
                Problems.of(ErrorCode.NOT_FOUND, "there is nothing at " + request.getRequestURI());
            case HttpRequestMethodNotSupportedException method -> methodNotAllowed(method, request);
            case HttpMediaTypeNotSupportedException type -> unsupported(type);
            case HttpMediaTypeNotAcceptableException _ ->
                Problems.of(
                        ErrorCode.NOT_ACCEPTABLE,
                        "the Accept header takes none of the types that this call answers with");
            case RequestRejectedException _ ->
                invalid("the address or a header has characters or encodings that are not allowed in it");
            case DataAccessException database -> database(database, request);
            case CannotCreateTransactionException database -> unavailable(database);
            default -> unforeseen(failure, request);
        };
    }

    /** Headers that tell the caller more than the problem's body. */
    static HttpHeaders headers(Throwable failure) {
        HttpHeaders headers = new HttpHeaders();
        switch (failure) {
            case HttpRequestMethodNotSupportedException method
            when method.getSupportedHttpMethods() != null ->
                headers.setAllow(Set.copyOf(method.getSupportedHttpMethods()));
            case HttpMediaTypeNotSupportedException type
            when !type.getSupportedMediaTypes().isEmpty() -> headers.setAccept(type.getSupportedMediaTypes());
            default -> {}
        }
        return headers;
    }

    /** True when there is nobody left to answer to. */
    static boolean isCallerGone(Throwable failure) {
        return (failure instanceof AsyncRequestNotUsableException || failure instanceof ClientAbortException)
                && findCause(failure, BadRequestException.class) == null;
    }

    private static Problem coded(YadoException failure, HttpServletRequest request) {
        if (failure.code().fault() == ErrorCode.Fault.SYSTEM) {
            LOG.warn(
                    "{} {}: {} {}",
                    request.getMethod(),
                    request.getRequestURI(),
                    failure.code(),
                    failure.getMessage(),
                    failure);
        }
        return Problems.of(failure.code(), String.valueOf(failure.getMessage()));
    }

    private static Problem invalid(String detail) {
        return Problems.of(ErrorCode.INVALID_REQUEST, detail);
    }

    private static Problem methodNotAllowed(
            HttpRequestMethodNotSupportedException failure, HttpServletRequest request) {
        Set<HttpMethod> allowed = failure.getSupportedHttpMethods();
        return Problems.of(
                ErrorCode.METHOD_NOT_ALLOWED,
                failure.getMethod() + " is not possible on " + request.getRequestURI() + ": it takes "
                        + (allowed == null
                                ? "another method"
                                : allowed.stream()
                                        .map(HttpMethod::name)
                                        .sorted()
                                        .collect(Collectors.joining(", "))));
    }

    private static Problem unsupported(HttpMediaTypeNotSupportedException failure) {
        String takes = failure.getSupportedMediaTypes().stream()
                .map(MediaType::toString)
                .distinct()
                .collect(Collectors.joining(", "));
        MediaType sent = failure.getContentType();
        return Problems.of(
                ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                (sent == null ? "the call names no Content-Type" : "the Content-Type " + sent + " is not possible here")
                        + (takes.isEmpty() ? "" : ": it takes " + takes));
    }

    private static Problem database(DataAccessException failure, HttpServletRequest request) {
        SQLException sql = findCause(failure, SQLException.class);
        if (sql != null && CHARACTER_NOT_IN_REPERTOIRE.equals(sql.getSQLState())) {
            return invalid("a text of the request has the character U+0000, which cannot be stored");
        }
        return switch (failure) {
            case TransientDataAccessException _, DataAccessResourceFailureException _ -> unavailable(failure);
            default -> unforeseen(failure, request);
        };
    }

    private static Problem unavailable(Exception failure) {
        LOG.warn("the database did not serve a call: {}", failure.toString());
        return Problems.of(ErrorCode.UNAVAILABLE, "the controller's database does not answer at present");
    }

    private static Problem unforeseen(Throwable failure, HttpServletRequest request) {
        UUID reference = UUID.randomUUID();
        LOG.error("{} {} failed, reference {}", request.getMethod(), request.getRequestURI(), reference, failure);
        return Problems.of(
                        ErrorCode.INTERNAL,
                        "the controller failed on this call; its log has the cause under " + reference)
                .instance("urn:uuid:" + reference);
    }

    private static <T extends Throwable> @Nullable T findCause(Throwable failure, Class<T> type) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (type.isInstance(at)) {
                return type.cast(at);
            }
        }
        return null;
    }
}
