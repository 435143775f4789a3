package dev.yado.cli.image;

import dev.yado.cli.text.Screen;
import dev.yado.cli.text.Words;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;

/** Shows how a long read or upload of known size goes on. */
final class Transfer {
    private static final long PAUSE_NANOS = Duration.ofMillis(100).toNanos();

    private final Screen screen;
    private final long total;
    private final long begin = System.nanoTime();
    private long lastShown = begin;

    Transfer(Screen screen, long total) {
        this.screen = screen;
        this.total = total;
    }

    String digest(Path file) throws IOException {
        try (InputStream from = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            long done = 0;
            for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
                digest.update(buffer, 0, read);
                done += read;
                show("digest", done);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }

    void sent(long done) {
        if (done == total) {
            screen.passing("  upload  " + Words.bytes(total) + " sent; the controller checks it");
        } else {
            show("upload", done);
        }
    }

    private void show(String what, long done) {
        long now = System.nanoTime();
        if (now - lastShown < PAUSE_NANOS) {
            return;
        }
        lastShown = now;
        double seconds = (now - begin) / 1e9;
        screen.passing("  " + what + "  " + Words.bytes(done) + " of " + Words.bytes(total) + "  "
                + done * 100 / Math.max(1, total) + " %  " + Words.bytes((long) (done / seconds)) + "/s");
    }
}
