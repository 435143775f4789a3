package dev.yado.image;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An address that an import may ask: http or https, with a host, without user and password, which would be shown to readers. */
record SourceUrl(URI uri) {

    /** @throws YadoException {@code INVALID_REQUEST} or, for a scheme that is never fetched, {@code IMAGE_SOURCE_REFUSED} */
    static SourceUrl parse(String text) {
        try {
            return of(new URI(text));
        } catch (URISyntaxException e) {
            throw invalid("the field sourceUrl takes an address such as https://example.org/disk.qcow2", e);
        }
    }

    static SourceUrl of(URI uri) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw new YadoException(ErrorCode.IMAGE_SOURCE_REFUSED, "images are fetched by http or https only");
        }
        if (uri.getHost() == null || uri.getHost().isEmpty()) {
            throw invalid("the field sourceUrl takes an address with a host", null);
        }
        if (uri.getRawUserInfo() != null) {
            throw invalid(
                    "the field sourceUrl takes no user and password: every reader of the image would see them", null);
        }
        return new SourceUrl(uri);
    }

    SourceUrl redirectedTo(String location) {
        try {
            return of(uri.resolve(new URI(location)));
        } catch (URISyntaxException e) {
            throw new YadoException(
                    ErrorCode.IMAGE_SOURCE_REFUSED, uri.getHost() + " redirects to what is no address", e);
        }
    }

    @Override
    public String toString() {
        return uri.toString();
    }

    private static YadoException invalid(String detail, @Nullable Throwable cause) {
        return cause == null
                ? new YadoException(ErrorCode.INVALID_REQUEST, detail)
                : new YadoException(ErrorCode.INVALID_REQUEST, detail, cause);
    }
}
