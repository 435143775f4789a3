package dev.yado.api;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.springframework.http.MediaType;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.ContentCachingResponseWrapper;

/**
 * Carries out a call with an Idempotency-Key once. Key, answer and all that the call changes are one transaction, committed before the
 * first byte of the answer leaves: whatever is lost after that, the same call gets the same answer. An answer that is no success is
 * rolled back with the key, so neither a passing failure nor a mistake burns it.
 */
final class IdempotencyFilter extends OncePerRequestFilter {
    private static final Set<String> CHANGING = Set.of("POST", "PUT", "PATCH", "DELETE");
    private final IdempotencyRows rows;
    private final PlatformTransactionManager transactions;
    private final Turns turns = new Turns();

    IdempotencyFilter(IdempotencyRows rows, PlatformTransactionManager transactions) {
        this.rows = rows;
        this.transactions = transactions;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (request.getHeader(KeyedCall.HEADER) == null
                || !CHANGING.contains(request.getMethod())
                || !request.getRequestURI().startsWith("/v1/")
                || !(SecurityContextHolder.getContext().getAuthentication()
                        instanceof CallerAuthentication authentication)) {
            chain.doFilter(request, response);
            return;
        }
        Caller caller = authentication.getPrincipal();
        String type = request.getContentType();
        if (type != null && type.startsWith(MediaType.APPLICATION_OCTET_STREAM_VALUE)) {
            upload(KeyedCall.of(request, caller, announced(request)), request, response, chain);
            return;
        }
        byte[] body = request.getInputStream().readAllBytes();
        KeyedCall call = KeyedCall.of(request, caller, body);
        while (!turns.begin(call.id())) {
            Optional<IdempotencyRows.Known> first = rows.find(call);
            if (first.isPresent()) {
                send(first.get(), response);
                return;
            }
        }
        try {
            once(call, new RepeatedBody(request, body), response, chain);
        } finally {
            turns.end(call.id());
        }
    }

    private void once(KeyedCall call, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        TransactionStatus transaction = transactions.getTransaction(new DefaultTransactionDefinition());
        boolean committing = false;
        try {
            if (!rows.take(call)) {
                send(rows.find(call).orElseThrow(() -> IdempotencyRows.inUse(null)), response);
                return;
            }
            ContentCachingResponseWrapper answer = new ContentCachingResponseWrapper(response);
            chain.doFilter(request, answer);
            if (answer.getStatus() < ErrorCode.INVALID_REQUEST.httpStatus()) {
                if (transaction.isRollbackOnly()) {
                    throw new YadoException(ErrorCode.INTERNAL, "the call succeeded although a part of it had failed");
                }
                rows.keep(
                        call, KeptAnswer.of(answer, answer.getContentAsByteArray()), Idempotency.holdsSecret(request));
                committing = true;
                commit(transaction, response);
            } else {
                committing = true;
                transactions.rollback(transaction);
            }
            answer.copyBodyToResponse();
        } finally {
            if (!committing) {
                transactions.rollback(transaction);
            }
        }
    }

    private void commit(TransactionStatus transaction, HttpServletResponse response) {
        try {
            transactions.commit(transaction);
        } catch (RuntimeException uncommitted) {
            // The answer's headers told of what is not there.
            response.reset();
            throw uncommitted;
        }
    }

    /** An upload is known by what its headers say of it, so that a repetition need not be read to be recognized. */
    private static byte[] announced(HttpServletRequest request) {
        return (request.getContentLengthLong() + "\n" + request.getHeader("Content-Digest"))
                .getBytes(StandardCharsets.UTF_8);
    }

    private void upload(KeyedCall call, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Optional<IdempotencyRows.Known> first = rows.find(call);
        if (first.isPresent()) {
            request.getInputStream().transferTo(OutputStream.nullOutputStream());
            send(first.get(), response);
            return;
        }
        Idempotency.isUpload(request, call);
        chain.doFilter(request, response);
    }

    private static void send(IdempotencyRows.Known known, HttpServletResponse response) throws IOException {
        switch (known) {
            case IdempotencyRows.Known.Answered(KeptAnswer answer) -> answer.send(response);
            case IdempotencyRows.Known.Reused reused -> Problems.send(response, reused.problem());
        }
    }
}
