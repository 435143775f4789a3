package dev.yado.cli;

import dev.yado.cli.session.Session;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "completion",
        description = "Print a script that completes commands and options in a shell.",
        footer = {"", "Example:", "  source <(yado completion bash)", "  yado completion zsh >> ~/.zshrc"})
final class Completion implements Runnable {
    /** The script serves both; zsh is told to understand it. */
    enum Shell {
        BASH,
        ZSH;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final CommandLine top;
    private final Session session;

    @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
    private Shell shell = Shell.BASH;

    Completion(CommandLine top, Session session) {
        this.top = top;
        this.session = session;
    }

    @Override
    public void run() {
        String script = AutoComplete.bash("yado", top);
        String head = shell == Shell.ZSH ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
        session.screen().answer((head + script).getBytes(StandardCharsets.UTF_8));
    }
}
