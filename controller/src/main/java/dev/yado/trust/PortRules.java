package dev.yado.trust;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Calls of machines are answered on the internal port and nowhere else, all others never there. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
final class PortRules extends OncePerRequestFilter {
    static final String INTERNAL = "/internal/";
    private final InternalConnector connector;

    PortRules(InternalConnector connector) {
        this.connector = connector;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        boolean onInternalPort = request.getLocalPort() == connector.port();
        if (onInternalPort != request.getServletPath().startsWith(INTERNAL)) {
            throw new YadoException(
                    ErrorCode.NOT_FOUND,
                    "there is nothing at " + request.getRequestURI() + " on port " + request.getLocalPort()
                            + ": hosts and callers have a port each");
        }
        chain.doFilter(request, response);
    }
}
