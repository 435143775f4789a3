package dev.yado.event;

import dev.yado.protocol.ProtocolJson;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes server-sent events for one watcher. The id goes on also while nothing is for this watcher, so that who was quiet for days
 * can still resume.
 */
final class EventStream {
    private static final int RECONNECT_MILLIS = 1_000;

    private final EventRows rows;
    private final EventTail tail;
    private final EventSettings settings;
    private final EventFilter filter;
    private final OutputStream out;
    private EventPlace place;

    /** @param place after which the stream begins */
    EventStream(
            EventRows rows,
            EventTail tail,
            EventSettings settings,
            EventFilter filter,
            EventPlace place,
            OutputStream out) {
        this.rows = rows;
        this.tail = tail;
        this.settings = settings;
        this.filter = filter;
        this.place = place;
        this.out = out;
    }

    /** Returns when the replica ends or the stream is as old as one may be. @throws IOException when the watcher has gone */
    void run() throws IOException, InterruptedException {
        long end = System.nanoTime() + settings.longest().toNanos();
        write("retry: " + RECONNECT_MILLIS + "\nid: " + place + "\n\n");
        out.flush();
        while (!over(end)) {
            try (EventTail.Watch watch = tail.watch()) {
                catchUp();
                follow(watch, end);
            }
        }
    }

    private void catchUp() throws IOException {
        while (!tail.ending()) {
            var batch = rows.after(place, settings.batch());
            for (Event event : batch) {
                tell(event);
            }
            out.flush();
            if (batch.size() < settings.batch()) {
                return;
            }
        }
    }

    private void follow(EventTail.Watch watch, long end) throws IOException, InterruptedException {
        long quietSince = System.nanoTime();
        while (!watch.overrun() && !over(end)) {
            Event event = watch.next(Duration.ofMillis(500));
            if (event != null) {
                for (; event != null && !watch.overrun(); event = watch.next(Duration.ZERO)) {
                    tell(event);
                }
                out.flush();
                quietSince = System.nanoTime();
            } else if (System.nanoTime() - quietSince >= settings.keepAlive().toNanos()) {
                write(": nothing new\nid: " + place + "\n\n");
                out.flush();
                quietSince = System.nanoTime();
            }
        }
    }

    private boolean over(long end) {
        return tail.ending() || System.nanoTime() - end >= 0;
    }

    private void tell(Event event) throws IOException {
        if (event.place().compareTo(place) <= 0) {
            return;
        }
        place = event.place();
        if (filter.lets(event)) {
            write("event: " + event.type() + "\nid: " + place + "\ndata: " + json(event) + "\n\n");
        }
    }

    private static String json(Event event) {
        ObjectNode json = ProtocolJson.mapper().createObjectNode();
        json.put("type", event.type());
        json.put("at", event.at().toString());
        if (event.tenant() != null) {
            json.put("tenantId", event.tenant().toString());
        }
        json.putObject("object")
                .put("kind", event.objectKind())
                .put("id", event.objectId().toString());
        json.set("data", ProtocolJson.mapper().readTree(event.data()));
        return json.toString();
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }
}
