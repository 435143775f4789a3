package dev.yado.cli.wire;

import java.net.URI;
import java.util.Optional;

/** Where the controller is, as whom to speak to it, and for which tenant. The token is in no message. */
public record Endpoint(URI url, String token, Optional<String> tenant) {
    /** @throws Failure USAGE when it is not an http or https address */
    public static URI checkedUrl(String text) {
        try {
            URI url = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            if (("http".equals(url.getScheme()) || "https".equals(url.getScheme())) && url.getHost() != null) {
                return url;
            }
        } catch (IllegalArgumentException notAnAddress) {
            // Told below.
        }
        throw Failure.usage("'" + text + "' is not an address", "Give one such as http://127.0.0.1:8420.");
    }

    public URI resolve(String path) {
        return URI.create(url + path);
    }

    @Override
    public String toString() {
        return "Endpoint[" + url + tenant.map(name -> ", tenant " + name).orElse("") + "]";
    }
}
