package dev.yado.cli.session;

import dev.yado.cli.text.Screen;
import dev.yado.cli.text.Table;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Api;
import dev.yado.cli.wire.Endpoint;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One run of the command: its options, the way to the controller, the way to the user. Nothing is opened before it is needed. */
public final class Session {
    private final GlobalOptions options;
    private final Settings settings;
    private final Screen screen;
    private final InputStream input;
    private @Nullable Api api;

    public Session(GlobalOptions options, Map<String, String> environment, InputStream input, Screen screen) {
        this.options = options;
        this.settings = new Settings(options, environment, input);
        this.screen = screen;
        this.input = input;
    }

    public Screen screen() {
        return screen;
    }

    public InputStream input() {
        return input;
    }

    public Format format() {
        return options.format();
    }

    public Api api() {
        if (api == null) {
            ConfigFile file = settings.file();
            if (file.isOpenToOthers()) {
                screen.message("warning: others can read your token: chmod 600 " + file.path());
            }
            api = new Api(settings.endpoint());
        }
        return api;
    }

    /** The same controller and token, for no tenant in particular. */
    public Api apiForAllTenants() {
        Endpoint endpoint = api().endpoint();
        return new Api(new Endpoint(endpoint.url(), endpoint.token(), Optional.empty()));
    }

    public Names names() {
        return new Names(api());
    }

    /** For one command: what it has asked it knows. */
    public HostNames hostNames() {
        return new HostNames(api());
    }

    Settings settings() {
        return settings;
    }

    /** A whole list: as a table, as the API's page (several pages become one), or as ids. */
    public void list(String path, Function<List<Json.Document>, Table> table) {
        if (format() == Format.JSON) {
            String first = path + (path.contains("?") ? "&" : "?") + "limit=" + Api.LARGEST_PAGE;
            Answer answer = api().get(first);
            if (answer.document().find("nextCursor").isEmpty()) {
                screen.answer(answer.body());
                return;
            }
            Map<String, Json> whole = new LinkedHashMap<>();
            whole.put("items", new Json.Array(new ArrayList<Json>(api().all(path))));
            screen.answer(new Json.Document(whole).line());
            return;
        }
        showItems(api().all(path), table);
    }

    public void showItems(List<Json.Document> items, Function<List<Json.Document>, Table> table) {
        if (format() == Format.NAME) {
            items.forEach(item -> screen.answer(item.text("id")));
            return;
        }
        Table rows = table.apply(items);
        if (rows.isEmpty()) {
            screen.message("none");
        } else {
            screen.answer(rows);
        }
    }

    /** One object: as facts, as the API's JSON, or as its id. */
    public void show(Answer answer, Consumer<Json.Document> facts) {
        switch (format()) {
            case JSON -> screen.answer(answer.body());
            case NAME -> screen.answer(answer.document().text("id"));
            case TABLE -> facts.accept(answer.document());
        }
    }

    /** Tells a failure on standard error: to people in words, to programs as a problem document. */
    public int tell(Failure failure) {
        if (format() == Format.JSON) {
            screen.message(failure.problem().line());
        } else {
            screen.message("error: " + failure.code() + ": " + Table.printable(failure.detail()));
            if (!failure.whatToDo().isEmpty()) {
                screen.message("  " + failure.whatToDo());
            }
        }
        return failure.exit().status();
    }
}
