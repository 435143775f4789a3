package dev.yado.simulator.wire;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** What controller and hosts know and nobody else. Never printed. */
public final class HostSecret {
    static final String HEADER = "X-Yado-Host-Secret";

    private final String value;

    private HostSecret(String value) {
        this.value = value;
    }

    public static HostSecret of(String value) {
        return new HostSecret(value);
    }

    static HostSecret read(Path file) throws IOException {
        return new HostSecret(Files.readString(file).strip());
    }

    String header() {
        return value;
    }

    boolean matches(@Nullable String given) {
        return given != null
                && MessageDigest.isEqual(
                        value.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return "HostSecret[hidden]";
    }
}
