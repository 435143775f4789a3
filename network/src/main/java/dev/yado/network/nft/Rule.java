package dev.yado.network.nft;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A rule as it is written, without its comment. The kernel keeps the comment, by which the rule is known again.
 *
 * @param why for people: what the rule is for, such as the id of a security group's rule; without quotation marks
 */
record Rule(String text, String why) {
    private static final int DIGEST_BYTES = 6;

    /** The kernel takes 128 bytes with the closing NUL. */
    private static final int LONGEST_COMMENT = 120;

    /** Another text gives another comment. */
    String comment() {
        String comment = digest(text) + " " + why;
        return comment.length() <= LONGEST_COMMENT ? comment : comment.substring(0, LONGEST_COMMENT);
    }

    private static String digest(String text) {
        try {
            byte[] whole = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(Arrays.copyOf(whole, DIGEST_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return text + " comment \"" + comment() + "\"";
    }
}
