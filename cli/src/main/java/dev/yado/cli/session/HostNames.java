package dev.yado.cli.session;

import dev.yado.cli.wire.Api;
import dev.yado.cli.wire.Failure;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** From the ids of hosts to their names, for who may know them; to others hosts are their ids. Each is asked for once. */
public final class HostNames {
    private static final Pattern HOST = Pattern.compile("host ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");

    private final Api api;
    private final Map<String, String> names = new HashMap<>();

    HostNames(Api api) {
        this.api = api;
    }

    /** Empty for an empty id. */
    public String of(String id) {
        return names.computeIfAbsent(id, this::ask);
    }

    /** What the API says to people names hosts by their ids, since not everybody may know their names. */
    String in(String text) {
        return HOST.matcher(text).replaceAll(host -> Matcher.quoteReplacement("host " + of(host.group(1))));
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
