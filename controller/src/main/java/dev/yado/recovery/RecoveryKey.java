package dev.yado.recovery;

import dev.yado.api.SecretFile;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.Keys;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * Opens backups of the controllers: 32 random bytes, as 64 hexadecimal digits in a file that its owner alone can read. Never in the
 * database, a log or an argument.
 */
final class RecoveryKey {
    private static final int BYTES = 32;

    private final byte[] secret;

    private RecoveryKey(byte[] secret) {
        this.secret = secret;
    }

    /** @throws YadoException {@code BACKUP_KEY_REFUSED} */
    static RecoveryKey read(Path file) {
        try {
            return parse(
                    file,
                    new SecretFile(file)
                            .read()
                            .orElseThrow(() -> refused("There is no recovery key in " + file + ".")));
        } catch (IOException e) {
            throw new YadoException(
                    ErrorCode.BACKUP_KEY_REFUSED, "The recovery key in " + file + " cannot be read: " + e, e);
        }
    }

    /** What the file holds, or one that is made now. */
    static RecoveryKey readOrMake(Path file) {
        try {
            return parse(file, new SecretFile(file).readOrMake(() -> {
                        byte[] fresh = new byte[BYTES];
                        new SecureRandom().nextBytes(fresh);
                        return HexFormat.of().formatHex(fresh);
                    }));
        } catch (IOException e) {
            throw new YadoException(
                    ErrorCode.BACKUP_KEY_REFUSED, "The recovery key cannot be kept in " + file + ": " + e, e);
        }
    }

    private static RecoveryKey parse(Path file, String text) {
        try {
            byte[] secret = HexFormat.of().parseHex(text.strip());
            if (secret.length == BYTES) {
                return new RecoveryKey(secret);
            }
        } catch (IllegalArgumentException e) {
            // The text is secret, and so is what is wrong with it.
        }
        throw refused("The file " + file + " does not hold a recovery key, which is " + 2 * BYTES
                + " hexadecimal digits and nothing else.");
    }

    private static YadoException refused(String why) {
        return new YadoException(ErrorCode.BACKUP_KEY_REFUSED, why);
    }

    byte[] secret() {
        return secret.clone();
    }

    String text() {
        return HexFormat.of().formatHex(secret);
    }

    /** Tells keys apart without telling anything of them. */
    String name() {
        return Keys.name(secret);
    }

    @Override
    public String toString() {
        return "recovery key " + name();
    }
}
