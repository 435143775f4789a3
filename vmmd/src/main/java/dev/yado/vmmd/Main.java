package dev.yado.vmmd;

import dev.yado.vmmd.log.LogSettings;
import picocli.CommandLine;

/** The host daemon. */
@CommandLine.Command(
        name = "vmmd",
        description = "Runs the guests of this host.",
        mixinStandardHelpOptions = true,
        subcommands = {RunCommand.class, JoinCommand.class, SelfTestCommand.class, BackupCommand.class})
public final class Main {
    private Main() {}

    /** Without a subcommand it is {@code run}. */
    public static void main(String[] arguments) {
        LogSettings.use();
        // A request that does not come to its end is given up; answers are not held back to be sent together.
        System.setProperty("sun.net.httpserver.maxReqTime", "60");
        System.setProperty("sun.net.httpserver.nodelay", "true");
        CommandLine commands = new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true);
        boolean named = arguments.length > 0
                && (commands.getSubcommands().containsKey(arguments[0])
                        || arguments[0].matches("--?(h|help|V|version)"));
        String[] words = arguments;
        if (!named) {
            words = new String[arguments.length + 1];
            words[0] = "run";
            System.arraycopy(arguments, 0, words, 1, arguments.length);
        }
        System.exit(commands.execute(words));
    }
}
