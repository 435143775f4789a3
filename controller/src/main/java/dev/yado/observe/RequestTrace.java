package dev.yado.observe;

import dev.yado.telemetry.Span;
import dev.yado.telemetry.TraceContext;
import dev.yado.telemetry.Tracing;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerMapping;

/** The span of a call to the public API, in the trace of the caller if it has one. Reports of hosts and looks at health have none. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
final class RequestTrace extends OncePerRequestFilter {
    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !request.getRequestURI().startsWith("/v1/")
                || !Tracing.on() && request.getHeader(TraceContext.HEADER) == null;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        TraceContext caller = TraceContext.parse(request.getHeader(TraceContext.HEADER));
        try (Span span = Tracing.begin(Span.Kind.SERVER, request.getMethod(), caller)) {
            chain.doFilter(request, response);
            Object route = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
            if (route != null) {
                span.name(request.getMethod() + " " + route);
            }
            span.with("http.response.status_code", response.getStatus());
            if (response.getStatus() >= 500) {
                span.fail("status " + response.getStatus());
            }
        }
    }
}
