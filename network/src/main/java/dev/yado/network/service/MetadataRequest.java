package dev.yado.network.service;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The head of an HTTP request, read with a limit. A body is never read: nothing here takes one.
 *
 * @param headers by their names in lower case; of one that is said twice the last
 */
record MetadataRequest(String method, String path, Map<String, String> headers) {
    private static final int HEAD_MAX = 8192;
    /** What proxies add: a request that has passed one may be anybody's. */
    private static final Set<String> OF_PROXIES = Set.of(
            "forwarded",
            "via",
            "x-real-ip",
            "x-client-ip",
            "true-client-ip",
            "x-instance-id",
            "x-tenant-id",
            "x-instance-id-signature");

    /** @return empty when the other side has closed before the head was whole, or it is too long or not HTTP */
    static Optional<MetadataRequest> read(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < HEAD_MAX && !ended(head)) {
            int next = in.read();
            if (next < 0) {
                return Optional.empty();
            }
            head.append((char) next);
        }
        String[] lines = head.toString().split("\r?\n");
        String[] words = lines[0].split(" ");
        if (!ended(head) || words.length != 3 || !words[2].startsWith("HTTP/1.") || !words[1].startsWith("/")) {
            return Optional.empty();
        }
        Map<String, String> headers = new TreeMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon <= 0) {
                return Optional.empty();
            }
            headers.put(
                    lines[i].substring(0, colon).strip().toLowerCase(Locale.ROOT),
                    lines[i].substring(colon + 1).strip());
        }
        int query = words[1].indexOf('?');
        return Optional.of(new MetadataRequest(words[0], query < 0 ? words[1] : words[1].substring(0, query), headers));
    }

    private static boolean ended(StringBuilder head) {
        return head.length() >= 4
                && (head.substring(head.length() - 4).equals("\r\n\r\n")
                        || head.substring(head.length() - 2).equals("\n\n"));
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    boolean forwarded() {
        return headers.keySet().stream().anyMatch(name -> OF_PROXIES.contains(name) || name.startsWith("x-forwarded"));
    }

    /** @param status with its phrase */
    record Answer(String status, String type, byte[] body) {
        static Answer text(String body) {
            return new Answer("200 OK", "text/plain", body.getBytes(StandardCharsets.UTF_8));
        }

        static Answer bytes(byte[] body) {
            return new Answer("200 OK", "application/octet-stream", body);
        }

        static Answer refusal(String status) {
            return new Answer(status, "text/plain", (status + "\n").getBytes(StandardCharsets.UTF_8));
        }

        static Answer notFound() {
            return refusal("404 Not Found");
        }

        byte[] head() {
            return ("HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\nContent-Length: " + body.length
                            + "\r\nConnection: close\r\nCache-Control: no-store\r\nServer: EC2ws\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
        }
    }
}
