package dev.yado.storage.repository.s3;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Properties;

/**
 * Where a bucket is and how it is opened.
 *
 * @param prefix of the names of all objects, empty or ending in a slash
 */
public record S3Settings(
        URI endpoint, String region, String bucket, String prefix, String accessKey, String secretKey) {
    public S3Settings {
        if (!prefix.isEmpty() && !prefix.endsWith("/")) {
            throw new IllegalArgumentException("a prefix ends in a slash: " + prefix);
        }
    }

    /**
     * Lines {@code NAME=VALUE}: endpoint, bucket, access-key, secret-key, and perhaps prefix and region (us-east-1).
     *
     * @throws YadoException {@link ErrorCode#REPOSITORY_INVALID} when it is no such file, or others may read it
     */
    public static S3Settings read(Path file) {
        Properties lines = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            var may = Files.getPosixFilePermissions(file);
            if (may.contains(PosixFilePermission.OTHERS_READ) || may.contains(PosixFilePermission.GROUP_READ)) {
                throw invalid("The file " + file + " has a secret and can be read by others: chmod 600 it.");
            }
            lines.load(reader);
            String prefix = lines.getProperty("prefix", "");
            return new S3Settings(
                    URI.create(need(lines, file, "endpoint")),
                    lines.getProperty("region", "us-east-1"),
                    need(lines, file, "bucket"),
                    prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/",
                    need(lines, file, "access-key"),
                    need(lines, file, "secret-key"));
        } catch (IOException | IllegalArgumentException e) {
            throw new YadoException(
                    ErrorCode.REPOSITORY_INVALID,
                    "The file " + file + " cannot be read, or its endpoint is no URL.",
                    e);
        }
    }

    private static String need(Properties lines, Path file, String name) {
        String value = lines.getProperty(name);
        if (value == null || value.isBlank()) {
            throw invalid("The file " + file + " has no line " + name + "=.");
        }
        return value.strip();
    }

    private static YadoException invalid(String why) {
        return new YadoException(ErrorCode.REPOSITORY_INVALID, why);
    }

    /** Not the keys. */
    @Override
    public String toString() {
        return "bucket " + bucket + (prefix.isEmpty() ? "" : ", " + prefix) + " at " + endpoint;
    }
}
