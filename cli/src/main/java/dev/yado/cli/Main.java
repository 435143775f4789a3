package dev.yado.cli;

import dev.yado.cli.session.GlobalOptions;
import dev.yado.cli.session.Session;
import dev.yado.cli.text.Mebibytes;
import dev.yado.cli.text.Screen;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The yado command: reads the command line, runs one command, answers with its exit status. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments, System.getenv(), System.in, Screen.ofProcess()));
    }

    static int run(String[] arguments, Map<String, String> environment, InputStream input, Screen screen) {
        GlobalOptions options = new GlobalOptions();
        Session session = new Session(options, environment, input, screen);
        return commandLine(options, session, arguments).execute(arguments);
    }

    static CommandLine commandLine(GlobalOptions options, Session session, String[] arguments) {
        CommandLine top = CommandTree.build(options, session, arguments);
        top.setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(Duration.class, converter(Words::parseDuration))
                .registerConverter(Mebibytes.class, converter(text -> new Mebibytes(Words.parseMebibytes(text))))
                .setParameterExceptionHandler((wrong, all) -> usage(session, wrong))
                .setExecutionExceptionHandler((thrown, line, parsed) -> failed(session, thrown))
                .setExecutionStrategy(parsed -> execute(top, parsed));
        top.getCommandSpec().versionProvider(() -> new String[] {"yado " + version()});
        Map<String, String> codes = new LinkedHashMap<>();
        for (ExitCode code : ExitCode.values()) {
            codes.put(Integer.toString(code.status()), code.meaning());
        }
        UsageMessageSpec usage = top.getCommandSpec().usageMessage();
        usage.exitCodeList(codes);
        inOrder(top);
        return top;
    }

    /** A command's own options before those that all have. */
    private static void inOrder(CommandLine line) {
        line.getCommandSpec().usageMessage().sortOptions(false).width(110);
        line.getSubcommands().values().forEach(Main::inOrder);
    }

    /** A group alone, or nothing at all, is a question for help. */
    private static int execute(CommandLine top, ParseResult parsed) {
        Integer help = CommandLine.executeHelpRequest(parsed);
        if (help != null) {
            return help;
        }
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        if (last.commandSpec().userObject() instanceof Runnable) {
            return new CommandLine.RunLast().execute(parsed);
        }
        last.commandSpec().commandLine().usage(System.err);
        return top.getCommandSpec().exitCodeOnInvalidInput();
    }

    private static int usage(Session session, ParameterException wrong) {
        String command = wrong.getCommandLine().getCommandSpec().qualifiedName();
        String detail = String.valueOf(wrong.getMessage());
        if (wrong instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
            detail = "'" + String.join(" ", unmatched.getUnmatched()) + "' is unknown here";
            if (!unmatched.getSuggestions().isEmpty()) {
                detail += "; is one of these meant: " + String.join(", ", unmatched.getSuggestions()) + "?";
            }
        }
        return session.tell(Failure.usage(detail, "How it is used: " + command + " --help"));
    }

    private static int failed(Session session, Exception thrown) {
        if (thrown instanceof Failure failure) {
            return session.tell(failure);
        }
        return session.tell(Failure.of(
                ExitCode.FAILED,
                "CLIENT_BROKEN",
                String.valueOf(thrown),
                "This is a fault of the command itself: report it."));
    }

    private static <T> ITypeConverter<T> converter(java.util.function.Function<String, T> parse) {
        return text -> {
            try {
                return parse.apply(text);
            } catch (IllegalArgumentException wrong) {
                throw new TypeConversionException(wrong.getMessage());
            }
        };
    }

    private static String version() throws IOException {
        try (InputStream file = Main.class.getResourceAsStream("/META-INF/maven/dev.yado/cli/pom.properties")) {
            Properties properties = new Properties();
            if (file != null) {
                properties.load(file);
            }
            return properties.getProperty("version", "unpackaged");
        }
    }
}
