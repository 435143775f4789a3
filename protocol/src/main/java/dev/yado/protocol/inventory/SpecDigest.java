package dev.yado.protocol.inventory;

import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmSpec;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Tells two specs apart without sending them: SHA-256 over the JSON of the host protocol. */
public final class SpecDigest {
    private SpecDigest() {}

    public static String of(VmSpec spec) {
        try {
            byte[] json = ProtocolJson.mapper().writeValueAsBytes(spec);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(json));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
