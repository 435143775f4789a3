package dev.yado.cli.wire;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** A file on its way to the controller. HttpClient hears an answer that comes before the file's end; HttpURLConnection does not. */
final class Upload {
    /** Without a byte sent or an answer for so long it is given up; after the last byte the controller checks what it got. */
    private static final Duration SILENCE = Duration.ofMinutes(15);

    private final AtomicLong progressAt = new AtomicLong(System.nanoTime());
    private final LongConsumer sent;

    Upload(LongConsumer sent) {
        this.sent = sent;
    }

    HttpResponse<byte[]> send(HttpRequest.Builder request, Path file, Duration connect) throws IOException {
        BodyPublisher content = BodyPublishers.ofFile(file);
        long size = Files.size(file);
        BodyPublisher counted = size == 0
                ? BodyPublishers.noBody()
                : BodyPublishers.fromPublisher(subscriber -> content.subscribe(new Counting(subscriber)), size);
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(connect)
                .build()) {
            CompletableFuture<HttpResponse<byte[]>> answer =
                    client.sendAsync(request.PUT(counted).build(), BodyHandlers.ofByteArray());
            try {
                return await(answer);
            } finally {
                client.shutdownNow();
            }
        }
    }

    private HttpResponse<byte[]> await(CompletableFuture<HttpResponse<byte[]>> answer) throws IOException {
        while (true) {
            try {
                return answer.get(1, TimeUnit.SECONDS);
            } catch (TimeoutException notYet) {
                if (System.nanoTime() - progressAt.get() > SILENCE.toNanos()) {
                    throw new IOException("nothing was heard for " + SILENCE.toMinutes() + " minutes", notYet);
                }
            } catch (ExecutionException failure) {
                throw failure.getCause() instanceof IOException broken ? broken : new IOException(failure.getCause());
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", interrupted);
            }
        }
    }

    private final class Counting implements Flow.Subscriber<ByteBuffer> {
        private final Flow.Subscriber<? super ByteBuffer> wire;
        private long total;

        Counting(Flow.Subscriber<? super ByteBuffer> wire) {
            this.wire = wire;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            wire.onSubscribe(subscription);
        }

        @Override
        public void onNext(ByteBuffer bytes) {
            total += bytes.remaining();
            progressAt.set(System.nanoTime());
            sent.accept(total);
            wire.onNext(bytes);
        }

        @Override
        public void onError(Throwable failure) {
            wire.onError(failure);
        }

        @Override
        public void onComplete() {
            wire.onComplete();
        }
    }
}
