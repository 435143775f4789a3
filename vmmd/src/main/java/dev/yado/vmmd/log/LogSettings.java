package dev.yado.vmmd.log;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * Sets the log by {@code YADO_LOG_LEVEL} (error, warn, info, debug, trace) and {@code YADO_LOG_FORMAT} (text, json). The JDK makes
 * one before its first logger, so that its own settings file is never read.
 */
public final class LogSettings {
    public static final String LEVEL = "YADO_LOG_LEVEL";
    public static final String FORMAT = "YADO_LOG_FORMAT";

    /** To be called before the first logger is made. */
    public static void use() {
        System.setProperty("java.util.logging.config.class", LogSettings.class.getName());
    }

    /** Made by the JDK. */
    public LogSettings() throws IOException {
        LogManager.getLogManager().readConfiguration(new ByteArrayInputStream(new byte[0]));
        Logger root = Logger.getLogger("");
        root.setLevel(level(System.getenv().getOrDefault(LEVEL, "info")));
        root.addHandler(new Lines(System.err, format(System.getenv().getOrDefault(FORMAT, "text"))));
    }

    private static Level level(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "error" -> Level.SEVERE;
            case "warn" -> Level.WARNING;
            case "debug" -> Level.FINE;
            case "trace" -> Level.ALL;
            case "off" -> Level.OFF;
            default -> Level.INFO;
        };
    }

    /** What is not known is text: a daemon starts also when its log is set wrong. */
    static LineFormat format(String word) {
        return word.equalsIgnoreCase("json") ? new EcsFormat() : new TextFormat();
    }
}
