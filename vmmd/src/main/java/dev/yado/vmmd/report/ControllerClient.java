package dev.yado.vmmd.report;

import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.inventory.HostInventory;
import dev.yado.protocol.inventory.HostInventoryAnswer;
import dev.yado.protocol.trust.Joining;
import dev.yado.protocol.trust.MachineTls;
import dev.yado.storage.ImageSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import tools.jackson.core.JacksonException;

/** Speaks to whichever of the controller's replicas answers. {@code HttpsURLConnection}, because it starts in no time. */
public final class ControllerClient implements ImageSource {
    private static final int CONNECT_MILLIS = 2_000;
    private static final int REPORT_MILLIS = 10_000;
    private static final int IMAGE_MILLIS = 30_000;

    private final List<URI> controllers;
    private final MachineTls tls;
    private volatile int preferred;

    public ControllerClient(List<URI> controllers, MachineTls tls) {
        this.controllers = List.copyOf(controllers);
        this.tls = tls;
    }

    /** There is a controller to speak to. */
    public boolean hasController() {
        return !controllers.isEmpty();
    }

    /** @throws IOException when no replica takes it */
    HostReportAnswer post(HostReport report) throws IOException {
        return send("POST", "/internal/v1/hosts/" + report.hostId() + "/reports", report, HostReportAnswer.class);
    }

    /** @throws IOException when no replica takes it */
    public HostInventoryAnswer put(HostInventory inventory) throws IOException {
        return send(
                "PUT", "/internal/v1/hosts/" + inventory.hostId() + "/inventory", inventory, HostInventoryAnswer.class);
    }

    private <T> T send(String method, String path, Object words, Class<T> answer) throws IOException {
        byte[] body = ProtocolJson.mapper().writeValueAsBytes(words);
        return tryAll(path, connection -> {
            connection.setReadTimeout(REPORT_MILLIS);
            connection.setRequestMethod(method);
            connection.setDoOutput(true);
            connection.setFixedLengthStreamingMode(body.length);
            connection.setRequestProperty("Content-Type", "application/json");
            try (OutputStream out = connection.getOutputStream()) {
                out.write(body);
            }
            expectOk(connection);
            try (InputStream said = connection.getInputStream()) {
                return ProtocolJson.mapper().readValue(said.readNBytes(1 << 16), answer);
            } catch (JacksonException e) {
                throw new IOException(
                        connection.getURL() + " answers with something else than a " + answer.getSimpleName(), e);
            }
        });
    }

    @Override
    public InputStream open(ImageRef image) throws IOException {
        if (controllers.isEmpty()) {
            throw new IOException("this host has no controller to fetch images from");
        }
        return tryAll("/internal/v1/images/" + image.id() + "/content", connection -> {
            connection.setReadTimeout(IMAGE_MILLIS);
            expectOk(connection);
            return connection.getInputStream();
        });
    }

    private interface Call<T> {
        T on(HttpURLConnection connection) throws IOException;
    }

    /** Begins with the replica that answered last. */
    private <T> T tryAll(String path, Call<T> call) throws IOException {
        IOException failure = new IOException("this host has no controller");
        int first = preferred;
        for (int i = 0; i < controllers.size(); i++) {
            int replica = (first + i) % controllers.size();
            String base = controllers.get(replica).toString();
            URI target = URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
            try {
                if (!(target.toURL().openConnection() instanceof HttpsURLConnection connection)) {
                    throw new IOException("a controller's address for hosts begins with https://");
                }
                connection.setSSLSocketFactory(tls.sockets());
                // The certificate proves a controller of this cloud, at whatever address.
                connection.setHostnameVerifier((_, _) -> true);
                connection.setConnectTimeout(CONNECT_MILLIS);
                connection.setInstanceFollowRedirects(false);
                T result = call.on(connection);
                preferred = replica;
                return result;
            } catch (IOException e) {
                failure = new IOException(target + ": " + e.getMessage(), e);
            }
        }
        throw failure;
    }

    private static void expectOk(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        if (status != HttpURLConnection.HTTP_OK) {
            throw new IOException(Joining.refusal(connection));
        }
    }
}
