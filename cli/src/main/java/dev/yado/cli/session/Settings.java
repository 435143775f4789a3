package dev.yado.cli.session;

import dev.yado.cli.wire.Endpoint;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Address, token and tenant: an option wins over the environment, that over the configuration file. */
final class Settings {
    private static final String DEFAULT_URL = "http://127.0.0.1:8420";

    private final GlobalOptions options;
    private final Map<String, String> environment;
    private final InputStream input;
    private final ConfigFile file;

    Settings(GlobalOptions options, Map<String, String> environment, InputStream input) {
        this.options = options;
        this.environment = environment;
        this.input = input;
        this.file = ConfigFile.of(environment);
    }

    ConfigFile file() {
        return file;
    }

    Endpoint endpoint() {
        Optional<ConfigFile.Entry> stored = file.read();
        URI url = url(stored);
        Optional<String> token = namedToken();
        if (token.isEmpty() && stored.isPresent()) {
            // A stored token goes only where it was stored for.
            if (Endpoint.checkedUrl(stored.get().url()).equals(url)) {
                token = Optional.of(stored.get().token());
            }
        }
        return new Endpoint(
                url,
                token.orElseThrow(() -> Failure.of(
                        ExitCode.UNAUTHORIZED,
                        "NO_TOKEN",
                        "there is no token for " + url,
                        "Log in: yado login --url " + url + "   or set YADO_TOKEN, or give --token-file.")),
                tenant(stored));
    }

    URI url(Optional<ConfigFile.Entry> stored) {
        String named = options.url() != null ? options.url() : environment.get("YADO_URL");
        return Endpoint.checkedUrl(
                named != null && !named.isBlank()
                        ? named
                        : stored.map(ConfigFile.Entry::url).orElse(DEFAULT_URL));
    }

    /** By --token-file, YADO_TOKEN or YADO_TOKEN_FILE. */
    Optional<String> namedToken() {
        if (options.tokenFile() != null) {
            return Optional.of(tokenIn(options.tokenFile()));
        }
        String token = environment.get("YADO_TOKEN");
        if (token != null && !token.isBlank()) {
            return Optional.of(checkedToken(token, "YADO_TOKEN"));
        }
        String tokenFile = environment.get("YADO_TOKEN_FILE");
        return tokenFile != null && !tokenFile.isBlank() ? Optional.of(tokenIn(tokenFile)) : Optional.empty();
    }

    Optional<String> tenant(Optional<ConfigFile.Entry> stored) {
        @Nullable String named = options.tenant() != null ? options.tenant() : environment.get("YADO_TENANT");
        if (named == null || named.isBlank()) {
            return stored.flatMap(ConfigFile.Entry::tenant);
        }
        if (!named.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")) {
            throw Failure.usage(
                    "'" + named + "' is neither a name nor an id of a tenant", "Give one of 'yado tenant list'.");
        }
        return Optional.of(named);
    }

    static String checkedToken(String text, String source) {
        String token = text.strip();
        if (!token.matches("[!-~]{1,4096}")) {
            throw Failure.usage(source + " holds no token", "A token is one word, as 'yado token create' printed it.");
        }
        return token;
    }

    private String tokenIn(String fileName) {
        try {
            byte[] bytes = fileName.equals("-") ? input.readNBytes(8192) : Files.readAllBytes(Path.of(fileName));
            return checkedToken(
                    new String(bytes, StandardCharsets.UTF_8), fileName.equals("-") ? "standard input" : fileName);
        } catch (IOException failure) {
            throw Failure.usage(
                    "cannot read the token file " + fileName + ": " + failure.getMessage(),
                    "Check its name and its mode.");
        }
    }
}
