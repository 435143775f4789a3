package dev.yado.vmmd.move;

import dev.yado.protocol.HostId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.protocol.migration.MovedFlow;
import dev.yado.protocol.trust.Joining;
import dev.yado.protocol.trust.MachineTls;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import tools.jackson.core.JacksonException;

/**
 * The daemon of the destination, as the source's speaks to it. The connection is kept by the JDK and is warm for five seconds after
 * each call: who is about to say {@link #go} asks {@link #arrival} now and then.
 */
final class Peer {
    /** A connection that nobody uses is kept open for five. */
    static final Duration KEEP_WARM = Duration.ofSeconds(2);
    /** The destination waits for what is still under way to it. */
    static final Duration ANSWER = Duration.ofSeconds(8);

    private static final int LONGEST_ANSWER = 1 << 20;

    private final OtherHost host;
    private final String arrival;
    private final String query;

    Peer(MachineTls tls, HostId host, String url, VmId vm, MigrationId migration) {
        this.host = new OtherHost(tls, host);
        this.arrival = url.replaceAll("/+$", "") + "/v1/vms/" + vm + "/arrival";
        this.query = "?migration=" + migration;
    }

    /** How far it is there. */
    ArrivalAnswer arrival(Duration patience) throws IOException {
        return ask("GET", arrival + query, patience);
    }

    /** May be repeated. @throws IOException when it is not known whether it was heard */
    ArrivalAnswer go(Duration patience) throws IOException {
        return ask("POST", arrival + "/go" + query, patience);
    }

    /** Has it know these connections of the guest. May be repeated. */
    void flows(List<MovedFlow> flows, Duration patience) throws IOException {
        HttpsURLConnection connection = host.open("POST", arrival + "/flows" + query, patience);
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/json");
        try (OutputStream body = connection.getOutputStream()) {
            ProtocolJson.mapper().writeValue(body, flows);
        }
        if (connection.getResponseCode() >= HttpURLConnection.HTTP_BAD_REQUEST) {
            throw new IOException(Joining.refusal(connection));
        }
        try (InputStream said = connection.getInputStream()) {
            said.readNBytes(LONGEST_ANSWER); // to its end, so that the connection is kept
        }
    }

    private ArrivalAnswer ask(String method, String url, Duration patience) throws IOException {
        HttpsURLConnection connection = host.open(method, url, patience);
        try {
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                throw new IOException(Joining.refusal(connection));
            }
            try (InputStream said = connection.getInputStream()) {
                return ProtocolJson.mapper().readValue(said.readNBytes(LONGEST_ANSWER), ArrivalAnswer.class);
            }
        } catch (JacksonException e) {
            throw new IOException("the answer is none of an arrival", e);
        } catch (IOException e) {
            throw new IOException(host + " at " + url + ": " + e.getMessage(), e);
        }
    }
}
