package dev.yado.api;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a REST controller may have to say about keys. Most say nothing: the whole call runs in one transaction, which keeps its answer.
 */
@Component
public final class Idempotency {
    private static final String SECRET = Idempotency.class.getName() + ".secret";
    private static final String UPLOAD = Idempotency.class.getName() + ".upload";
    private final IdempotencyRows rows;
    private final JsonMapper json;

    Idempotency(IdempotencyRows rows, JsonMapper json) {
        this.rows = rows;
        this.json = json;
    }

    /** The answer to the present call holds a secret: it is kept encrypted by the caller's token. */
    public static void answerHoldsSecret() {
        RequestContextHolder.currentRequestAttributes().setAttribute(SECRET, true, RequestAttributes.SCOPE_REQUEST);
    }

    static boolean holdsSecret(HttpServletRequest request) {
        return request.getAttribute(SECRET) != null;
    }

    /** An upload is too long for a transaction around it: its call keeps the answer itself. */
    static void isUpload(HttpServletRequest request, KeyedCall call) {
        request.setAttribute(UPLOAD, call);
    }

    /**
     * Keeps the answer to the present upload, in the transaction that makes its content known. Nothing without a key.
     *
     * @throws YadoException {@code IDEMPOTENCY_KEY_IN_USE} when a twin was faster
     */
    public void keepUpload(ResponseEntity<?> answer) {
        if (RequestContextHolder.currentRequestAttributes().getAttribute(UPLOAD, RequestAttributes.SCOPE_REQUEST)
                instanceof KeyedCall call) {
            if (!rows.take(call)) {
                throw IdempotencyRows.inUse(null);
            }
            Map<String, String> headers = new LinkedHashMap<>();
            headers.put(HttpHeaders.CONTENT_TYPE, "application/json");
            String etag = answer.getHeaders().getETag();
            if (etag != null) {
                headers.put(HttpHeaders.ETAG, etag);
            }
            Object body = answer.getBody();
            if (body == null) {
                throw new YadoException(ErrorCode.INTERNAL, "an upload answers with what it was for");
            }
            rows.keep(
                    call, new KeptAnswer(answer.getStatusCode().value(), headers, json.writeValueAsBytes(body)), false);
        }
    }
}
