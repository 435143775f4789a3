package dev.yado.api;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request whose body ends with {@code TOO_LARGE} when it is longer than the limit. */
final class LimitedRequest extends HttpServletRequestWrapper {
    private static final long LONGEST_REST = 64L << 20;
    private static final long LONGEST_REST_FOR_TOMCAT = 1L << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int PASSED_OVER_AT_ONCE = 64 << 10;
    private final long limit;
    private @Nullable Body body;

    LimitedRequest(HttpServletRequest request, long limit) {
        super(request);
        this.limit = limit;
    }

    static YadoException tooLarge(long limit) {
        return new YadoException(ErrorCode.TOO_LARGE, "the body is longer than the limit of " + limit + " bytes");
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
        if (body == null) {
            body = new Body(super.getInputStream());
        }
        return body;
    }

    @Override
    public BufferedReader getReader() throws IOException {
        return new BufferedReader(new InputStreamReader(getInputStream(), StandardCharsets.UTF_8));
    }

    /** True when more may follow than Tomcat reads away by itself to keep the connection. */
    boolean mayHaveLongRest() {
        long announced = getContentLengthLong();
        boolean unknown = announced < 0 && getHeader("Transfer-Encoding") != null;
        return (announced > LONGEST_REST_FOR_TOMCAT || unknown) && (body == null || !body.ended);
    }

    /** Reads and forgets what the caller still sends, but not for long and not much. */
    void passOverRest() throws IOException {
        if (getHeader("Expect") != null && body == null) {
            return;
        }
        long endsAt = System.nanoTime() + PATIENCE.toNanos();
        ServletInputStream rest = super.getInputStream();
        byte[] forgotten = new byte[PASSED_OVER_AT_ONCE];
        for (long passed = 0; passed < LONGEST_REST && System.nanoTime() < endsAt; ) {
            int read = rest.read(forgotten);
            if (read < 0) {
                return;
            }
            passed += read;
        }
    }

    private final class Body extends ServletInputStream {
        private final ServletInputStream source;
        private long count;
        private boolean ended;

        Body(ServletInputStream source) {
            this.source = source;
        }

        @Override
        public int read() throws IOException {
            int octet = source.read();
            account(octet < 0 ? -1 : 1);
            return octet;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = source.read(buffer, offset, length);
            account(read);
            return read;
        }

        private void account(int read) {
            if (read < 0) {
                ended = true;
                return;
            }
            count += read;
            if (count > limit) {
                throw tooLarge(limit);
            }
        }

        @Override
        public boolean isFinished() {
            return source.isFinished();
        }

        @Override
        public boolean isReady() {
            return source.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            source.setReadListener(listener);
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }
}
