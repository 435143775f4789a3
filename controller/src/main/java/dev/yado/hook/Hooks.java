package dev.yado.hook;

import dev.yado.api.Caller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.backup.ScheduleId;
import dev.yado.backup.Schedules;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.net.URI;
import org.springframework.stereotype.Service;

/** What callers do with hooks. Whoever sees a schedule may give it one. */
@Service
public class Hooks {
    private final HookRows rows;
    private final HookSecrets secrets;
    private final Schedules schedules;

    Hooks(HookRows rows, HookSecrets secrets, Schedules schedules) {
        this.rows = rows;
        this.secrets = secrets;
        this.schedules = schedules;
    }

    /** In the place of one that is there. @throws YadoException {@code NOT_FOUND}, {@code INVALID_REQUEST} */
    Hook put(Caller caller, ScheduleId schedule, String url, String secret) {
        schedules.get(caller, schedule);
        URI checked = HookUrl.parse(url);
        rows.put(schedule, checked, secrets.seal(schedule, secret));
        return get(caller, schedule);
    }

    /** @throws YadoException {@code NOT_FOUND} when it has none, too */
    Hook get(Caller caller, ScheduleId schedule) {
        schedules.get(caller, schedule);
        return rows.find(schedule).orElseThrow(() -> none(schedule));
    }

    /** With it what was still to be told. @throws YadoException {@code NOT_FOUND} when it has none, too */
    void delete(Caller caller, ScheduleId schedule) {
        schedules.get(caller, schedule);
        if (!rows.delete(schedule)) {
            throw none(schedule);
        }
    }

    Page<Hook.Call> calls(Caller caller, ScheduleId schedule, PageRequest request) {
        get(caller, schedule);
        return Page.of(request, rows.calls(schedule, request), Hook.Call::id);
    }

    private static YadoException none(ScheduleId schedule) {
        return new YadoException(ErrorCode.NOT_FOUND, "schedule " + schedule + " has no hook");
    }
}
