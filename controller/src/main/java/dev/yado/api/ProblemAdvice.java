package dev.yado.api;

import dev.yado.api.generated.model.Problem;
import jakarta.servlet.http.HttpServletRequest;
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
    ResponseEntity<Problem> answer(Exception failure, HttpServletRequest request) {
        if (Failures.isCallerGone(failure)) {
            return null;
        }
        Problem problem = failures.explain(failure, request);
        HttpHeaders headers = Problems.headers(problem);
        headers.addAll(Failures.headers(failure));
        return ResponseEntity.status(problem.getStatus()).headers(headers).body(problem);
    }
}
