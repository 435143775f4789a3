package dev.yado.protocol.address;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.HexFormat;
import java.util.Locale;

/** An Ethernet address of one station, in lower case with colons. */
public record Mac(@JsonValue String text) {
    private static final int GROUP_BIT = 1;

    /** @throws IllegalArgumentException for what is no address, or one of a group of stations */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public Mac {
        text = text.toLowerCase(Locale.ROOT);
        if (!text.matches("[0-9a-f]{2}(:[0-9a-f]{2}){5}")) {
            throw new IllegalArgumentException("not an Ethernet address such as 52:54:00:12:34:56: " + text);
        }
        if ((Integer.parseInt(text.substring(0, 2), 16) & GROUP_BIT) != 0 || text.equals("00:00:00:00:00:00")) {
            throw new IllegalArgumentException("the Ethernet address of no station: " + text);
        }
    }

    public static Mac of(byte[] six) {
        return new Mac(HexFormat.ofDelimiter(":").formatHex(six));
    }

    public byte[] bytes() {
        return HexFormat.ofDelimiter(":").parseHex(text);
    }

    @Override
    public String toString() {
        return text;
    }
}
