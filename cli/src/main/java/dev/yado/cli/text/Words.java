package dev.yado.cli.text;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Amounts and times, short enough for a column, and read back from the command line. */
public final class Words {
    private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

    private Words() {}

    /** What a guest finds that boots from a backup or goes back to a snapshot. */
    public static String consistency(String word) {
        return switch (word) {
            case "APPLICATION" -> "application consistent";
            case "FILE_SYSTEM" -> "file system consistent";
            case "CRASH" -> "crash consistent";
            case "STOPPED" -> "taken while stopped";
            default -> word.toLowerCase(Locale.ROOT);
        };
    }

    /** {@code 45s}, {@code 3m}, {@code 5h}, {@code 12d}: the largest whole unit. Nothing for a time that is no time. */
    public static String age(String since, Instant now) {
        try {
            return shortly(Duration.between(Instant.parse(since), now));
        } catch (DateTimeException noTime) {
            return "";
        }
    }

    public static String shortly(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        if (seconds < 120) {
            return seconds + "s";
        }
        if (seconds < 2 * 3600) {
            return seconds / 60 + "m";
        }
        return seconds < 2 * 86_400 ? seconds / 3600 + "h" : seconds / 86_400 + "d";
    }

    /** {@code 0.4s}, {@code 12.3s}, {@code 4m05s}: how long something took. */
    public static String took(Duration duration) {
        if (duration.toMinutes() > 0) {
            return String.format(Locale.ROOT, "%dm%02ds", duration.toMinutes(), duration.toSecondsPart());
        }
        long tenths = Math.max(0, duration.toMillis()) / 100;
        return tenths / 10 + "." + tenths % 10 + "s";
    }

    public static String took(String from, String until) {
        try {
            return took(Duration.between(Instant.parse(from), Instant.parse(until)));
        } catch (DateTimeException noTime) {
            return "";
        }
    }

    public static String bytes(long bytes) {
        int unit = 0;
        double value = bytes;
        while (value >= 1024 && unit < BINARY.length - 1) {
            value /= 1024;
            unit++;
        }
        boolean whole = value == Math.rint(value) || value >= 100;
        return (whole ? Long.toString(Math.round(value)) : String.format(Locale.ROOT, "%.1f", value)) + " "
                + BINARY[unit];
    }

    public static String mebibytes(long mebibytes) {
        return bytes(mebibytes << 20);
    }

    /** {@code 512}, {@code 512M}, {@code 2G}, {@code 1T} in MiB. */
    public static long parseMebibytes(String text) {
        return parseAmount(text, "KMGT", 'M');
    }

    /** {@code 10}, {@code 10G}, {@code 1T} in GiB. */
    public static long parseGibibytes(String text) {
        return parseAmount(text, "KMGT", 'G');
    }

    private static long parseAmount(String text, String units, char base) {
        String upper = text.strip().toUpperCase(Locale.ROOT);
        upper = upper.endsWith("IB") ? upper.substring(0, upper.length() - 2) : upper;
        char last = upper.isEmpty() ? ' ' : upper.charAt(upper.length() - 1);
        int unit = units.indexOf(last);
        String digits = unit < 0 ? upper : upper.substring(0, upper.length() - 1);
        if (!digits.matches("[0-9]{1,12}")) {
            throw new IllegalArgumentException("'" + text + "' is not an amount such as 512, 2G or 1T");
        }
        int shift = 10 * ((unit < 0 ? units.indexOf(base) : unit) - units.indexOf(base));
        long value = Long.parseLong(digits);
        if (shift < 0 && (value & ((1L << -shift) - 1)) != 0) {
            throw new IllegalArgumentException("'" + text + "' is not a whole number of " + base + "iB");
        }
        return shift < 0 ? value >> -shift : value << shift;
    }

    /** {@code 90}, {@code 90s}, {@code 5m}, {@code 2h}. */
    public static Duration parseDuration(String text) {
        String lower = text.strip().toLowerCase(Locale.ROOT);
        if (!lower.matches("[0-9]{1,7}[smh]?")) {
            throw new IllegalArgumentException("'" + text + "' is not a time such as 90, 90s, 5m or 2h");
        }
        char unit = lower.charAt(lower.length() - 1);
        long value = Long.parseLong(Character.isDigit(unit) ? lower : lower.substring(0, lower.length() - 1));
        return switch (unit) {
            case 'm' -> Duration.ofMinutes(value);
            case 'h' -> Duration.ofHours(value);
            default -> Duration.ofSeconds(value);
        };
    }
}
