package dev.yado.network.nft;

import java.util.HexFormat;

/**
 * A rule as it is written, without its comment. The kernel keeps the comment, by which the rule is known again.
 *
 * @param why for people: what the rule is for, such as the id of a security group's rule; without quotation marks
 */
record Rule(String text, String why) {
    /** The kernel takes 128 bytes with the closing NUL. */
    private static final int LONGEST_COMMENT = 120;

    /** Another text gives another comment. */
    String comment() {
        String comment = digest(text) + " " + why;
        return comment.length() <= LONGEST_COMMENT ? comment : comment.substring(0, LONGEST_COMMENT);
    }

    /** FNV-1a: it tells texts apart, not forgers, who would need to be root. */
    private static String digest(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return HexFormat.of().toHexDigits(hash);
    }

    @Override
    public String toString() {
        return text + " comment \"" + comment() + "\"";
    }
}
