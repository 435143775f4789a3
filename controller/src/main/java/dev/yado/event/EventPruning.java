package dev.yado.event;

import org.springframework.stereotype.Service;

/** Ends the life of old events. */
@Service
public class EventPruning {
    private final EventRows rows;
    private final EventSettings settings;

    EventPruning(EventRows rows, EventSettings settings) {
        this.rows = rows;
        this.settings = settings;
    }

    /** Removes what is older than events are kept. Safe at any time, in every replica. */
    public int prune() {
        int all = 0;
        int some;
        do {
            some = rows.prune(settings.keep());
            all += some;
        } while (some > 0);
        return all;
    }
}
