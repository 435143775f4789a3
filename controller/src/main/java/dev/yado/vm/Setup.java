package dev.yado.vm;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.GuestSetup;
import dev.yado.protocol.YadoException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a guest is told of itself. Keys and user-data go to its host and nowhere else: its words show a digest of them.
 *
 * @param userData its bytes; null: none
 */
public record Setup(String hostname, List<String> sshKeys, byte @Nullable [] userData) {
    static final int MOST_USER_DATA = 65_536;
    private static final int LONGEST_LABEL = 63;
    private static final Pattern HOSTNAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern KEY = Pattern.compile("([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})( [^\\p{Cntrl}]*)?");
    private static final List<String> KEY_TYPES = List.of(
            "ssh-ed25519",
            "ssh-rsa",
            "ecdsa-sha2-nistp256",
            "ecdsa-sha2-nistp384",
            "ecdsa-sha2-nistp521",
            "sk-ssh-ed25519@openssh.com",
            "sk-ecdsa-sha2-nistp256@openssh.com");

    public Setup {
        sshKeys = List.copyOf(sshKeys);
    }

    /** As a caller gave it. */
    record Asked(
            @Nullable String hostname,
            List<String> sshKeys,
            @Nullable String userData,
            @Nullable String userDataBase64) {
        boolean any() {
            return hostname != null || !sshKeys.isEmpty() || userData != null || userDataBase64 != null;
        }
    }

    /** @throws YadoException {@code INVALID_REQUEST}, {@code TOO_LARGE}; never with what is in keys or user-data */
    static Setup of(Asked asked, String vmName) {
        String hostname =
                asked.hostname() == null ? ofName(vmName) : asked.hostname().toLowerCase(Locale.ROOT);
        if (!HOSTNAME.matcher(hostname).matches()) {
            throw invalid("hostname: takes 1 to 63 letters, digits and hyphens, none of them at an end, and no dot");
        }
        List<String> keys = new ArrayList<>();
        for (String key : asked.sshKeys()) {
            keys.add(checked(keys.size(), key.strip()));
        }
        return new Setup(hostname, keys, userData(asked));
    }

    /** The name, or as much of it as can be a host name. */
    private static String ofName(String name) {
        String label = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        String cut = label.substring(0, Math.min(label.length(), LONGEST_LABEL)).replaceAll("^-+|-+$", "");
        return cut.isEmpty() ? "vm" : cut;
    }

    private static String checked(int index, String key) {
        var matcher = KEY.matcher(key);
        if (!matcher.matches() || !KEY_TYPES.contains(matcher.group(1)) || !isOf(matcher.group(1), matcher.group(2))) {
            throw invalid("sshKeys[" + index + "]: not a public key in one line, such as ssh-ed25519 AAAA… name; of "
                    + String.join(", ", KEY_TYPES));
        }
        return key;
    }

    /** The bytes of a key begin with its type. */
    private static boolean isOf(String type, String base64) {
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            byte[] name = type.getBytes(StandardCharsets.US_ASCII);
            int prefix = Integer.BYTES;
            return bytes.length > prefix + name.length
                    && ByteBuffer.wrap(bytes).getInt() == name.length
                    && Arrays.equals(bytes, prefix, prefix + name.length, name, 0, name.length);
        } catch (IllegalArgumentException noBase64) {
            return false;
        }
    }

    private static byte @Nullable [] userData(Asked asked) {
        String text = asked.userData();
        String base64 = asked.userDataBase64();
        if (text != null && base64 != null) {
            throw invalid("userData and userDataBase64: give one of them");
        }
        if (text != null && text.indexOf('\0') >= 0) {
            throw invalid("userData: has a NUL, so it is no text: give bytes as userDataBase64");
        }
        byte[] bytes = text != null ? text.getBytes(StandardCharsets.UTF_8) : base64 != null ? decoded(base64) : null;
        if (bytes != null && bytes.length > MOST_USER_DATA) {
            throw new YadoException(
                    ErrorCode.TOO_LARGE,
                    "userData has " + bytes.length + " bytes, at most " + MOST_USER_DATA
                            + " are kept: let it fetch the rest");
        }
        return bytes == null || bytes.length == 0 ? null : bytes;
    }

    private static byte[] decoded(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw invalid("userDataBase64: not Base64 of the standard alphabet with padding");
        }
    }

    private static YadoException invalid(String detail) {
        return new YadoException(ErrorCode.INVALID_REQUEST, detail);
    }

    GuestSetup forHost() {
        return new GuestSetup(
                hostname, sshKeys, userData == null ? null : Base64.getEncoder().encodeToString(userData));
    }

    @Override
    public String toString() {
        String secret = sshKeys + " " + (userData == null ? "" : HexFormat.of().formatHex(userData));
        return "Setup[hostname=" + hostname + ", digest=" + Terms.digest(secret) + "]";
    }
}
