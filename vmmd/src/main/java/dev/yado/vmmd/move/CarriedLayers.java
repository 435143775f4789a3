package dev.yado.vmmd.move;

import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.Carried;
import dev.yado.protocol.migration.CarriedDisk;
import dev.yado.protocol.trust.Joining;
import dev.yado.protocol.trust.MachineTls;
import dev.yado.storage.LayerSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import javax.net.ssl.HttpsURLConnection;

/** What snapshots of a VM that comes have, as its source's daemon gives it. */
public final class CarriedLayers implements LayerSource {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int PIECE = 1 << 20;

    private final OtherHost source;
    private final String url;
    private final String query;
    private final long bytesPerSecond;
    private final long totalBytes;
    private volatile long doneBytes;

    /** @param bytesPerSecond 0: as fast as it goes */
    private CarriedLayers(OtherHost source, String url, String query, long totalBytes, long bytesPerSecond) {
        this.totalBytes = totalBytes;
        this.source = source;
        this.url = url;
        this.query = query;
        this.bytesPerSecond = bytesPerSecond;
    }

    public static CarriedLayers of(MachineTls tls, VmId vm, Arrival arrival, Carried carried) {
        Integer most = carried.bandwidthMiBs();
        return new CarriedLayers(
                new OtherHost(tls, arrival.from()),
                carried.sourceUrl().replaceAll("/+$", "") + "/v1/vms/" + vm + "/departure/layers/",
                "?migration=" + arrival.id(),
                carried.disks().stream().mapToLong(CarriedDisk::layerBytes).sum(),
                most == null ? 0 : (long) most << 20);
    }

    public boolean isOver() {
        return doneBytes >= totalBytes;
    }

    @Override
    public String toString() {
        return "fetches what its snapshots have from " + source + ", " + (doneBytes >> 20) + " of " + (totalBytes >> 20)
                + " MiB so far";
    }

    @Override
    public void fetch(String name, Path to) throws IOException, InterruptedException {
        HttpsURLConnection connection = source.open("GET", url + name + query, PATIENCE);
        try {
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                throw new IOException(Joining.refusal(connection));
            }
            try (InputStream from = connection.getInputStream();
                    OutputStream file = Files.newOutputStream(to, StandardOpenOption.CREATE_NEW)) {
                copy(from, file);
            }
        } catch (IOException e) {
            throw new IOException(source + " at " + url + name + ": " + e.getMessage(), e);
        }
    }

    private void copy(InputStream from, OutputStream to) throws IOException, InterruptedException {
        byte[] piece = new byte[PIECE];
        long began = System.nanoTime();
        long done = 0;
        long before = doneBytes;
        for (int read = from.readNBytes(piece, 0, PIECE); read > 0; read = from.readNBytes(piece, 0, PIECE)) {
            if (Thread.interrupted()) {
                throw new InterruptedException("it is not wanted any more");
            }
            to.write(piece, 0, read);
            done += read;
            doneBytes = before + done;
            if (bytesPerSecond > 0) {
                long due = (long) (done * 1e9 / bytesPerSecond);
                Thread.sleep(Duration.ofNanos(Math.max(0, due - (System.nanoTime() - began))));
            }
        }
    }
}
