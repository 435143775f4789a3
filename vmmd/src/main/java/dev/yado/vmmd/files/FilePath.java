package dev.yado.vmmd.files;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in a backup, as in {@code 0p1/etc/hostname}: disk 0, partition 1. Without a partition the disk itself is the file system.
 *
 * @param partition 0: none
 * @param path within the file system, without a slash before and after it; empty: its root
 */
record FilePath(int disk, int partition, String path) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,3})(?:p(\\d{1,3}))?(?:/(.*))?", Pattern.DOTALL);

    /** @throws IllegalArgumentException with a sentence that says what it takes */
    static FilePath parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "a path begins with a disk, or a disk and a partition, as in 0/etc or 0p1/etc, not as in " + text);
        }
        String path = parts.group(3) == null
                ? ""
                : parts.group(3).replaceAll("/+", "/").replaceAll("^/|/$", "");
        for (String step : path.split("/", -1)) {
            if (step.equals("..") || step.equals(".")) {
                throw new IllegalArgumentException("a path goes from the root down, without . and ..");
            }
        }
        return new FilePath(
                Integer.parseInt(parts.group(1)), parts.group(2) == null ? 0 : Integer.parseInt(parts.group(2)), path);
    }

    String volume() {
        return disk + (partition == 0 ? "" : "p" + partition);
    }
}
