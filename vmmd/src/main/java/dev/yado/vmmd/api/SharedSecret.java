package dev.yado.vmmd.api;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** What controller and hosts know and nobody else. Never printed. */
public final class SharedSecret {
    public static final String HEADER = "X-Yado-Host-Secret";
    private static final int SHORTEST = 16;

    private final String value;

    private SharedSecret(String value) {
        this.value = value;
    }

    /** @throws IOException when the file is missing or too short to be a secret */
    public static SharedSecret read(Path file) throws IOException {
        String value = Files.readString(file).strip();
        if (value.length() < SHORTEST) {
            throw new IOException("the secret in " + file + " is shorter than " + SHORTEST
                    + " characters: make one with head -c 32 /dev/urandom | base64");
        }
        return new SharedSecret(value);
    }

    /** For the header of a request to the controller. */
    public String header() {
        return value;
    }

    /** Takes the same time for every guess. */
    boolean matches(@Nullable String given) {
        return given != null
                && MessageDigest.isEqual(
                        value.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return "SharedSecret[hidden]";
    }
}
