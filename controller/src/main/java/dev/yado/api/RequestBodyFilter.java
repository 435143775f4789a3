package dev.yado.api;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * The outermost filter. A body that is not {@code application/octet-stream} may have 1 MiB and is refused as soon as it is known to
 * be longer. Whatever fails below becomes a coded problem. A caller that is refused while it still sends gets its answer: the rest
 * of the body is passed over for a while, because closing at once would take the answer away with the connection.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
final class RequestBodyFilter extends OncePerRequestFilter {
    static final long LIMIT = 1L << 20;
    private static final String OCTET_STREAM = MediaType.APPLICATION_OCTET_STREAM_VALUE;
    private final Failures failures;

    RequestBodyFilter(Failures failures) {
        this.failures = failures;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest original, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        boolean stream =
                original.getContentType() != null && original.getContentType().startsWith(OCTET_STREAM);
        LimitedRequest request = new LimitedRequest(original, stream ? Long.MAX_VALUE : LIMIT);
        try {
            if (!stream && original.getContentLengthLong() > LIMIT) {
                throw LimitedRequest.tooLarge(LIMIT);
            }
            chain.doFilter(request, response);
        } catch (IOException | ServletException | RuntimeException failure) {
            answer(failure, request, response);
        }
        if (response.getStatus() >= ErrorCode.INVALID_REQUEST.httpStatus() && request.mayHaveLongRest()) {
            if (!response.isCommitted()) {
                response.setHeader(HttpHeaders.CONNECTION, "close");
            }
            response.flushBuffer();
            request.passOverRest();
        }
    }

    private void answer(Exception failure, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (Failures.isCallerGone(failure)) {
            return;
        }
        Exception cause =
                failure instanceof ServletException wrapped && wrapped.getRootCause() instanceof Exception root
                        ? root
                        : failure;
        var problem = failures.explain(cause, request);
        if (response.isCommitted()) {
            // A broken connection is the only way left to say that the answer is not whole.
            throw new YadoException(ErrorCode.INTERNAL, "the answer was cut: " + problem.getDetail(), cause);
        }
        Problems.send(response, problem);
    }
}
