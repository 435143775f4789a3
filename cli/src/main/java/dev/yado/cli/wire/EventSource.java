package dev.yado.cli.wire;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A stream of server-sent events that survives broken connections: each is resumed after the last event that was seen. */
public final class EventSource {
    /** Tries before the first event of a new connection; what lasts longer is told as a failure. */
    private static final int TRIES = 30;

    private static final long PAUSE_MILLIS = 1_000;

    private final Api api;
    private final String path;
    private @Nullable String lastId;

    /** @param after the event to begin after; null to begin now */
    public EventSource(Api api, String path, @Nullable String after) {
        this.api = api;
        this.path = path;
        this.lastId = after;
    }

    @FunctionalInterface
    public interface Watcher {
        /** @return whether it wants more */
        boolean see(String id, Json.Document event);
    }

    /** Returns when the watcher wants no more. @throws Failure when the controller refuses, or stays away */
    public void follow(Watcher watcher) {
        int failed = 0;
        while (true) {
            try (InputStream stream = api.stream(path, lastId)) {
                failed = 0;
                if (!read(stream, watcher)) {
                    return;
                }
            } catch (Failure failure) {
                if (failure.exit() != ExitCode.UNREACHABLE || lastId == null || ++failed == TRIES) {
                    throw failure;
                }
            } catch (IOException broken) {
                if (++failed == TRIES) {
                    throw api.unreachable(broken);
                }
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.of(ExitCode.UNREACHABLE, "INTERRUPTED", "interrupted while waiting for events", "");
        }
    }

    private boolean read(InputStream stream, Watcher watcher) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
        String data = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("id: ")) {
                lastId = line.substring(4);
            } else if (line.startsWith("data: ")) {
                data = line.substring(6);
            } else if (line.isEmpty() && !data.isEmpty()) {
                if (!watcher.see(String.valueOf(lastId), Json.parseDocument(data.getBytes(StandardCharsets.UTF_8)))) {
                    return false;
                }
                data = "";
            }
        }
        return true;
    }
}
