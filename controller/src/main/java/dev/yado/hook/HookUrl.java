package dev.yado.hook;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An address that may be told: http or https, with a host, without user and password, which readers of the schedule would see. */
final class HookUrl {
    private static final Set<String> SCHEMES = Set.of("http", "https");

    private HookUrl() {}

    /** @throws YadoException {@code INVALID_REQUEST} */
    static URI parse(String text) {
        try {
            URI url = new URI(text);
            String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
            if (!SCHEMES.contains(scheme)
                    || url.getHost() == null
                    || url.getHost().isEmpty()) {
                throw invalid("the field url takes an address such as https://example.org/backups", null);
            }
            if (url.getRawUserInfo() != null) {
                throw invalid(
                        "the field url takes no user and password: calls are signed with the secret instead", null);
            }
            return url;
        } catch (URISyntaxException e) {
            throw invalid("the field url takes an address such as https://example.org/backups", e);
        }
    }

    private static YadoException invalid(String detail, @Nullable Throwable cause) {
        return cause == null
                ? new YadoException(ErrorCode.INVALID_REQUEST, detail)
                : new YadoException(ErrorCode.INVALID_REQUEST, detail, cause);
    }
}
