package dev.yado.vmmd.files;

import org.jspecify.annotations.Nullable;

/**
 * What a file system says of one of its files. All of it was written by a guest.
 *
 * @param size -1 when it says none
 * @param target of a symbolic link; null: it is none
 */
public record FoundFile(
        String path,
        boolean folder,
        long size,
        String mode,
        String modified,
        @Nullable String target) {

    /** Fit for a terminal: what would be a command to it is not in it. */
    public static String shown(String text) {
        return text.codePoints()
                .map(each -> Character.isISOControl(each) || Character.getType(each) == Character.FORMAT ? '?' : each)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    public String shownPath() {
        return shown(path);
    }
}
