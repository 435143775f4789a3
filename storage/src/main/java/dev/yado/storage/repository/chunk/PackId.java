package dev.yado.storage.repository.chunk;

import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/** Names a pack: 128 random bits, so that two writers never choose one name. */
public record PackId(long high, long low) {
    /** All packs lie below it. */
    public static final String FOLDER = "packs/";

    public static PackId random() {
        UUID random = UUID.randomUUID();
        return new PackId(random.getMostSignificantBits(), random.getLeastSignificantBits());
    }

    /** @throws IllegalArgumentException when the text is not 32 hexadecimal digits */
    public static PackId of(String text) {
        if (text.length() != 32) {
            throw new IllegalArgumentException("not a pack: " + text);
        }
        return new PackId(HexFormat.fromHexDigitsToLong(text, 0, 16), HexFormat.fromHexDigitsToLong(text, 16, 32));
    }

    /** Empty for objects of other names. */
    public static Optional<PackId> ofObject(String name) {
        try {
            return Optional.of(of(name.substring(name.lastIndexOf('/') + 1)))
                    .filter(pack -> pack.object().equals(name));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Of the object that it is: 256 folders, since some file systems are slow with many names in one. */
    public String object() {
        String text = toString();
        return FOLDER + text.substring(0, 2) + "/" + text;
    }

    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }
}
