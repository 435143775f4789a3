package dev.yado.api;

import dev.yado.api.generated.model.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** The one way by which a failed call becomes an answer. */
@RestControllerAdvice
class ProblemAdvice {
    private final Failures failures;

    ProblemAdvice(Failures failures) {
        this.failures = failures;
    }

    @ExceptionHandler
    @Nullable
    ResponseEntity<Problem> answer(Exception failure, HttpServletRequest request, HttpServletResponse response)
            throws Exception {
        if (Failures.isCallerGone(failure)) {
            return null;
        }
        if (response.isCommitted()) {
            // Whoever is outside of it cuts the answer off: what is added to it here would be taken for a part of it.
            throw failure;
        }
        Problem problem = failures.explain(failure, request);
        HttpHeaders headers = Problems.headers(problem);
        headers.addAll(Failures.headers(failure));
        return ResponseEntity.status(problem.getStatus()).headers(headers).body(problem);
    }
}
