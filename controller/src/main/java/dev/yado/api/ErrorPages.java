package dev.yado.api;

import dev.yado.api.generated.model.Problem;
import dev.yado.protocol.ErrorCode;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Arrays;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Turns what Tomcat and Spring refuse by themselves into coded problems: their own pages are HTML or of another form. */
@RestController
@Order(Ordered.LOWEST_PRECEDENCE)
class ErrorPages implements ErrorController, WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

    @RequestMapping("/error")
    void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
        boolean asked = !(request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer);
        Problems.send(
                response,
                asked
                        ? Problems.of(ErrorCode.NOT_FOUND, "there is nothing at /error")
                        : ofStatus(response.getStatus()));
    }

    @Override
    public void customize(TomcatServletWebServerFactory factory) {
        factory.addContextCustomizers(
                context -> context.getParent().getPipeline().addValve(new ProblemValve()));
    }

    /** For a status that somebody below the application chose. */
    static Problem ofStatus(int status) {
        ErrorCode code = Arrays.stream(ErrorCode.values())
                .filter(candidate -> candidate.httpStatus() == status)
                .findFirst()
                .orElse(status >= ErrorCode.INTERNAL.httpStatus() ? ErrorCode.INTERNAL : ErrorCode.INVALID_REQUEST);
        return Problems.of(
                code, "the call was refused before it was read: it is not a valid HTTP request for this server");
    }

    private static final class ProblemValve extends ErrorReportValve {
        @Override
        protected void report(Request request, Response response, @Nullable Throwable failure) {
            if (response.getStatus() < ErrorCode.INVALID_REQUEST.httpStatus()
                    || response.getContentWritten() > 0
                    || !response.setErrorReported()) {
                return;
            }
            try {
                Problems.send(response, ofStatus(response.getStatus()));
                response.finishResponse();
            } catch (IOException | IllegalStateException gone) {
                // The caller has hung up: there is nobody to tell.
                container.getLogger().debug("could not report an error", gone);
            }
        }
    }
}
