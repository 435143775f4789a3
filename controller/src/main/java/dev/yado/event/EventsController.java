package dev.yado.event;

import dev.yado.api.CurrentCaller;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** By hand: a generated interface knows bodies, not streams. The stream is written by the request's own virtual thread. */
@RestController
class EventsController {
    private final EventRows rows;
    private final EventTail tail;
    private final EventSettings settings;
    private final CurrentCaller caller;

    EventsController(EventRows rows, EventTail tail, EventSettings settings, CurrentCaller caller) {
        this.rows = rows;
        this.tail = tail;
        this.settings = settings;
        this.caller = caller;
    }

    @GetMapping("/v1/events")
    void events(
            @RequestParam(value = "types", defaultValue = "") List<String> types,
            @RequestParam(value = "objectId", required = false) @Nullable UUID objectId,
            @RequestParam(value = "after", required = false) @Nullable String after,
            @RequestHeader(value = "Last-Event-ID", required = false) @Nullable String lastEventId,
            HttpServletResponse response)
            throws IOException {
        EventFilter filter = new EventFilter(caller.get(), types, objectId);
        EventPlace place = begin(lastEventId == null || lastEventId.isEmpty() ? after : lastEventId);
        if (tail.watchers() >= settings.watchers()) {
            throw new YadoException(
                    ErrorCode.TOO_MANY_REQUESTS,
                    "this controller tells " + settings.watchers()
                            + " watchers already; try again, or try another replica");
        }
        response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
        response.setCharacterEncoding(StandardCharsets.UTF_8);
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.setHeader("X-Accel-Buffering", "no");
        try {
            new EventStream(rows, tail, settings, filter, place, response.getOutputStream()).run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private EventPlace begin(@Nullable String after) {
        if (after == null) {
            return rows.present();
        }
        EventPlace place = EventPlace.parse(after);
        if (!rows.canResumeFrom(place)) {
            throw new YadoException(
                    ErrorCode.EVENTS_GONE,
                    "events after " + place + " are no longer kept ("
                            + settings.keep().toHours() + " hours)");
        }
        return place;
    }
}
