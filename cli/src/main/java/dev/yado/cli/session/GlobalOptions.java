package dev.yado.cli.session;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The options that every command takes, before or after its name. */
@Command(
        name = "yado",
        description = "Virtual machines that explain themselves: the command line of a Yado cloud.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        exitCodeListHeading = "%nExit status:%n",
        footer = {
            "",
            "Names and ids are both accepted. Settings come from options, else from the environment (YADO_URL,",
            "YADO_TOKEN, YADO_TOKEN_FILE, YADO_TENANT), else from what 'yado login' stored.",
            "",
            "Example:",
            "  yado vm create web --cpus 2 --memory 2G --disk image=debian-13,size=20",
            "  yado COMMAND --help shows more, with an example each."
        })
public final class GlobalOptions {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            scope = ScopeType.INHERIT,
            description = "table for people (default), json: exactly the API's, name: ids only.")
    private Format format = Format.TABLE;

    @Option(
            names = "--url",
            paramLabel = "URL",
            scope = ScopeType.INHERIT,
            description = "The controller, such as http://127.0.0.1:8420.")
    private @Nullable String url;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "File with the token; - is standard input.")
    private @Nullable String tokenFile;

    @Option(
            names = "--tenant",
            paramLabel = "TENANT",
            scope = ScopeType.INHERIT,
            description = "The tenant to act for, with the administrator's token.")
    private @Nullable String tenant;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    @SuppressWarnings("unused") // picocli reads it
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    @SuppressWarnings("unused") // picocli reads it
    private boolean version;

    public Format format() {
        return format;
    }

    @Nullable
    String url() {
        return url;
    }

    @Nullable
    String tokenFile() {
        return tokenFile;
    }

    @Nullable
    String tenant() {
        return tenant;
    }
}
