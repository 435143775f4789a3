package dev.yado.api;

import dev.yado.api.generated.model.Problem;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ProtocolJson;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/** Makes and sends {@code application/problem+json} (RFC 9457). */
final class Problems {
    private static final String RETRY_AFTER_SECONDS = "1";

    private Problems() {}

    static Problem of(ErrorCode code, String detail) {
        return new Problem("urn:yado:error:" + code.name(), title(code), code.httpStatus(), code.name(), detail)
                .fault(
                        switch (code.fault()) {
                            case CALLER -> Problem.FaultEnum.CALLER;
                            case CAPACITY -> Problem.FaultEnum.CAPACITY;
                            case SYSTEM -> Problem.FaultEnum.SYSTEM;
                        })
                .whatToDo(code.whatToDo());
    }

    /** Headers that belong to a problem, whoever sends it. */
    static HttpHeaders headers(Problem problem) {
        HttpHeaders headers = new HttpHeaders();
        headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        if (problem.getCode().equals(ErrorCode.UNAVAILABLE.name())
                || problem.getCode().equals(ErrorCode.IDEMPOTENCY_KEY_IN_USE.name())) {
            headers.set(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        return headers;
    }

    /** Answers with the problem, unless an answer has begun. */
    static void send(HttpServletResponse response, Problem problem) throws IOException {
        if (response.isCommitted()) {
            return;
        }
        byte[] body = ProtocolJson.mapper().writeValueAsBytes(problem);
        response.resetBuffer();
        response.setStatus(problem.getStatus());
        headers(problem).forEach((name, values) -> response.setHeader(name, values.getFirst()));
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    /** {@code NAME_TAKEN} reads "Name taken". */
    static String title(ErrorCode code) {
        String words = code.name().replace('_', ' ').toLowerCase(Locale.ROOT);
        return words.startsWith("vm ")
                ? "VM" + words.substring(2)
                : Character.toUpperCase(words.charAt(0)) + words.substring(1);
    }
}
