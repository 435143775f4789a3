package dev.yado.cli.session;

import dev.yado.cli.text.Screen;
import dev.yado.cli.wire.Api;
import dev.yado.cli.wire.Endpoint;
import dev.yado.cli.wire.Failure;
import java.io.Console;
import java.net.URI;
import java.util.Optional;
import picocli.CommandLine.Command;

@Command(
        name = "login",
        description = {
            "Keep the controller's address and a token for later commands, after a trial.",
            "The token is asked for, hidden, unless --token-file or YADO_TOKEN gives it. It is kept in",
            "~/.config/yado/config.json (or below XDG_CONFIG_HOME), readable by you alone."
        },
        footer = {
            "",
            "Example:",
            "  yado login --url http://127.0.0.1:8420",
            "  yado login --url https://cloud.example.org --token-file - < acme-ci.token"
        })
public final class Login implements Runnable {
    private final Session session;

    public Login(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Settings settings = session.settings();
        Optional<ConfigFile.Entry> before = readOrForget(settings.file());
        URI url = settings.url(before);
        String token = settings.namedToken().orElseGet(() -> ask(url));
        Optional<String> tenant = settings.tenant(Optional.empty());
        new Api(new Endpoint(url, token, tenant)).get("/v1/tenants?limit=1");
        settings.file().write(new ConfigFile.Entry(url.toString(), token, tenant));
        session.screen()
                .message("logged in to " + url + ", kept in " + settings.file().path());
    }

    /** A broken file is what a new login mends. */
    private static Optional<ConfigFile.Entry> readOrForget(ConfigFile file) {
        try {
            return file.read();
        } catch (Failure broken) {
            return Optional.empty();
        }
    }

    @SuppressWarnings("SystemConsoleNull") // it is null when standard output is no terminal
    private static String ask(URI url) {
        Console console = System.console();
        if (console == null || !Screen.isTerminal(0)) {
            throw Failure.usage(
                    "there is no terminal to ask for the token",
                    "Give it by --token-file FILE, or - for standard input.");
        }
        char[] typed = console.readPassword("Token for %s: ", url);
        return Settings.checkedToken(typed == null ? "" : new String(typed), "what was typed");
    }
}
