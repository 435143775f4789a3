package dev.yado.cli.session;

import dev.yado.cli.wire.Api;
import dev.yado.cli.wire.Failure;
import java.util.HashMap;
import java.util.Map;

/** From the ids of hosts to their names, for who may know them; to others hosts are their ids. Each is asked for once. */
public final class HostNames {
    private final Api api;
    private final Map<String, String> names = new HashMap<>();

    HostNames(Api api) {
        this.api = api;
    }

    /** Empty for an empty id. */
    public String of(String id) {
        return names.computeIfAbsent(id, this::ask);
    }

    private String ask(String id) {
        if (id.isEmpty()) {
            return "";
        }
        try {
            return api.get("/v1/hosts/" + id).document().find("name").orElse(id);
        } catch (Failure notTold) {
            return id;
        }
    }
}
