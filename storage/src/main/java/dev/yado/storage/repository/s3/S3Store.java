package dev.yado.storage.repository.s3;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.store.ObjectStore;
import dev.yado.storage.repository.store.StoredObject;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * A bucket, or a part of one. What the server refuses because it has too much to do, and what breaks on the way, is tried
 * {@link #TRIES} times with growing pauses before it is an error.
 */
public final class S3Store implements ObjectStore {
    private static final Logger LOG = LoggerFactory.getLogger(S3Store.class);
    private static final int TRIES = 6;
    private static final Duration CONNECT = Duration.ofSeconds(10);
    /** For which nothing at all may come. */
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(20);
    private static final int CONFLICT = 409;
    private static final int PRECONDITION_FAILED = 412;
    private static final int RANGE = 416;
    private static final int FULL = 507;

    private final S3Settings settings;
    private final S3Client client;

    /** Does not look whether the bucket is there. */
    public S3Store(S3Settings settings) {
        this(settings, Duration.ofMillis(500));
    }

    /** @param pause before the second try; doubled with each */
    S3Store(S3Settings settings, Duration pause) {
        this.settings = settings;
        client = S3Client.builder()
                .endpointOverride(settings.endpoint())
                .region(Region.of(settings.region()))
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(settings.accessKey(), settings.secretKey())))
                .forcePathStyle(true)
                // Checksums of our own, which every server knows: see put.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .serviceConfiguration(each -> each.chunkedEncodingEnabled(false))
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(CONNECT)
                        .socketTimeout(SILENCE))
                .overrideConfiguration(each -> each.retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                        .maxAttempts(TRIES)
                        .backoffStrategy(BackoffStrategy.exponentialDelay(pause, LONGEST_PAUSE))
                        .throttlingBackoffStrategy(BackoffStrategy.exponentialDelay(pause, LONGEST_PAUSE))
                        .circuitBreakerEnabled(false)
                        .build()))
                .build();
    }

    @Override
    public String where() {
        return settings.toString();
    }

    private String key(String name) {
        return settings.prefix() + name;
    }

    /**
     * Looks first, for servers that do not know conditional writes: there, of two who put at one moment under one name the later wins.
     * Names of packs are never chosen twice, and a backup's id not by two.
     */
    @Override
    public boolean put(String name, ByteBuffer content) {
        if (look(name).isPresent()) {
            content.position(content.limit());
            return false;
        }
        try {
            return call("write to", () -> {
                client.putObject(
                        request -> request.bucket(settings.bucket())
                                .key(key(name))
                                .contentMD5(md5(content.duplicate()))
                                .ifNoneMatch("*"),
                        RequestBody.fromRemainingByteBuffer(content.duplicate()));
                return true;
            });
        } catch (YadoException e) {
            if (e.getCause() instanceof S3Exception refusal
                    && (refusal.statusCode() == PRECONDITION_FAILED || refusal.statusCode() == CONFLICT)) {
                // An earlier try of this call may have made it, its answer lost.
                return get(name).filter(content::equals).isPresent();
            }
            throw e;
        } finally {
            content.position(content.limit());
        }
    }

    /** The server compares it with what has come. */
    private static String md5(ByteBuffer content) {
        try {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            digest.update(content);
            return Base64.getEncoder().encodeToString(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }

    @Override
    public Optional<ByteBuffer> get(String name) {
        return there(() -> ByteBuffer.wrap(client.getObjectAsBytes(
                        request -> request.bucket(settings.bucket()).key(key(name)))
                .asByteArrayUnsafe()));
    }

    @Override
    public Optional<ByteBuffer> get(String name, long offset, int length) {
        if (length < 1) {
            return look(name).map(seen -> ByteBuffer.allocate(0));
        }
        try {
            return there(() -> ByteBuffer.wrap(client.getObjectAsBytes(request -> request.bucket(settings.bucket())
                            .key(key(name))
                            .range("bytes=" + offset + "-" + (offset + length - 1)))
                    .asByteArrayUnsafe()));
        } catch (YadoException e) {
            if (e.getCause() instanceof S3Exception refusal && refusal.statusCode() == RANGE) {
                return Optional.of(ByteBuffer.allocate(0));
            }
            throw e;
        }
    }

    @Override
    public Optional<StoredObject> look(String name) {
        return there(() -> {
            HeadObjectResponse head = client.headObject(
                    request -> request.bucket(settings.bucket()).key(key(name)));
            return new StoredObject(name, head.contentLength(), head.lastModified());
        });
    }

    private <T> Optional<T> there(Supplier<T> read) {
        return call("read from", () -> {
            try {
                return Optional.of(read.get());
            } catch (NoSuchKeyException e) {
                return Optional.empty();
            }
        });
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> each) {
        ListObjectsV2Request request = ListObjectsV2Request.builder()
                .bucket(settings.bucket())
                .prefix(key(prefix))
                .build();
        call("list", () -> {
            client.listObjectsV2Paginator(request)
                    .contents()
                    .forEach(object -> each.accept(new StoredObject(
                            object.key().substring(settings.prefix().length()), object.size(), object.lastModified())));
            return true;
        });
    }

    @Override
    public void delete(String name) {
        call(
                "delete from",
                () -> client.deleteObject(
                        request -> request.bucket(settings.bucket()).key(key(name))));
    }

    @Override
    public boolean isEmpty() {
        return call(
                "list",
                () -> client.listObjectsV2(request -> request.bucket(settings.bucket())
                                .prefix(settings.prefix())
                                .maxKeys(1))
                        .contents()
                        .isEmpty());
    }

    @Override
    public boolean checksWrites() {
        return true;
    }

    private <T> T call(String what, Supplier<T> call) {
        try {
            return call.get();
        } catch (S3Exception e) {
            String said = e.awsErrorDetails() == null
                    ? ""
                    : String.valueOf(e.awsErrorDetails().errorCode());
            LOG.warn("cannot {} {}: {} {}", what, where(), e.statusCode(), said);
            String begin = "Cannot " + what + " the repository in " + where() + ": the server answered "
                    + e.statusCode() + (said.isEmpty() || said.equals("null") ? "" : " (" + said + ")");
            if (e.statusCode() == FULL || said.contains("Quota") || said.contains("StorageFull")) {
                throw new YadoException(ErrorCode.REPOSITORY_FULL, begin + ", so it has no room.", e);
            }
            String tried = e.statusCode() >= 500 || e.statusCode() == 429 ? " to each of " + TRIES + " tries." : ".";
            throw new YadoException(ErrorCode.REPOSITORY_UNAVAILABLE, begin + tried, e);
        } catch (SdkClientException e) {
            LOG.warn("cannot {} {}", what, where(), e);
            throw new YadoException(
                    ErrorCode.REPOSITORY_UNAVAILABLE,
                    "Cannot " + what + " the repository in " + where() + ": it does not answer, after " + TRIES
                            + " tries.",
                    e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
