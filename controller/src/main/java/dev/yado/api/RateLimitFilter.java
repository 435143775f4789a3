package dev.yado.api;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.yado.protocol.ErrorCode;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/** A token that asks without end must not keep the others waiting. Each replica counts for itself. */
final class RateLimitFilter extends OncePerRequestFilter {
    private static final Duration UNUSED = Duration.ofMinutes(10);
    private final ApiSettings settings;
    private final Cache<String, Bucket> buckets =
            Caffeine.newBuilder().maximumSize(100_000).expireAfterAccess(UNUSED).build();

    RateLimitFilter(ApiSettings settings) {
        this.settings = settings;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (settings.requestsPerSecond() > 0
                && SecurityContextHolder.getContext().getAuthentication() instanceof CallerAuthentication known
                && !known.getPrincipal().isAdministrator()) {
            Bucket bucket = buckets.get(String.valueOf(request.getHeader(HttpHeaders.AUTHORIZATION)), _ -> full());
            if (!bucket.tryConsume(1)) {
                ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
                if (!probe.isConsumed()) {
                    refuse(response, probe);
                    return;
                }
            }
        }
        chain.doFilter(request, response);
    }

    private Bucket full() {
        return Bucket.builder()
                .addLimit(Bandwidth.builder()
                        .capacity(Math.max(settings.burst(), 1))
                        .refillGreedy(settings.requestsPerSecond(), Duration.ofSeconds(1))
                        .build())
                .build();
    }

    private void refuse(HttpServletResponse response, ConsumptionProbe probe) throws IOException {
        long seconds = Math.max(
                1,
                Duration.ofNanos(probe.getNanosToWaitForRefill())
                        .plusMillis(999)
                        .toSeconds());
        response.setHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        Problems.send(
                response,
                Problems.of(
                        ErrorCode.TOO_MANY_REQUESTS,
                        "this token makes more than " + settings.requestsPerSecond() + " calls a second"));
    }
}
