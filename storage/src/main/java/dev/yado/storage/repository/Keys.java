package dev.yado.storage.repository;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.chunk.ChunkKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The secrets of an encrypted repository: one for each tenant, and perhaps one from which those of all others are derived. They come
 * from a file, never from a command line, which everybody on the machine can read.
 */
public final class Keys {
    private static final Keys NONE = new Keys(null, Map.of());
    private static final String ALL = "*";

    private final byte @Nullable [] master;
    private final Map<TenantId, byte[]> secrets;

    private Keys(byte @Nullable [] master, Map<TenantId, byte[]> secrets) {
        this.master = master;
        this.secrets = Map.copyOf(secrets);
    }

    public static Keys none() {
        return NONE;
    }

    /** @param master 32 random bytes; each tenant has a key of its own that is derived from them */
    public static Keys of(byte[] master) {
        return new Keys(checked(master), Map.of());
    }

    public static Keys of(Map<TenantId, byte[]> secrets) {
        secrets.values().forEach(Keys::checked);
        return new Keys(null, secrets);
    }

    /** These, and that tenant's. */
    public Keys with(TenantId tenant, byte[] secret) {
        Map<TenantId, byte[]> more = new HashMap<>(secrets);
        more.put(tenant, checked(secret));
        return new Keys(master, more);
    }

    /** What tells a secret from others in manifests, without telling anything of it. */
    public static String name(byte[] secret) {
        return ChunkKey.of(secret).name();
    }

    private static byte[] checked(byte[] secret) {
        if (secret.length != ChunkKey.SECRET_BYTES) {
            throw new IllegalArgumentException(
                    "a secret has " + ChunkKey.SECRET_BYTES + " bytes, not " + secret.length);
        }
        return secret.clone();
    }

    /**
     * Lines {@code TENANT HEX}, where TENANT is an id, or {@code *} for all that have no line, and HEX is 64 digits. Lines that are empty
     * or begin with {@code #} are passed over.
     *
     * @throws YadoException {@link ErrorCode#BACKUP_KEY_REFUSED} when it cannot be read, is no such file, or others may read it
     */
    public static Keys read(Path file) {
        List<String> lines;
        try {
            var may = Files.getPosixFilePermissions(file);
            if (may.contains(PosixFilePermission.OTHERS_READ) || may.contains(PosixFilePermission.GROUP_READ)) {
                throw refused("The file of keys " + file + " can be read by others: chmod 600 it.");
            }
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw new YadoException(ErrorCode.BACKUP_KEY_REFUSED, "The file of keys " + file + " cannot be read.", e);
        }
        byte[] master = null;
        Map<TenantId, byte[]> secrets = new HashMap<>();
        for (int number = 0; number < lines.size(); number++) {
            String[] words = lines.get(number).strip().split("\\s+");
            if (words[0].isEmpty() || words[0].startsWith("#")) {
                continue;
            }
            try {
                byte[] secret = checked(HexFormat.of().parseHex(words[1]));
                if (words[0].equals(ALL)) {
                    master = secret;
                } else {
                    secrets.put(TenantId.of(words[0]), secret);
                }
            } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
                // The line itself is secret.
                throw refused("Line " + (number + 1) + " of the file of keys " + file
                        + " is not a tenant's id or *, and 64 hexadecimal digits.");
            }
        }
        return new Keys(master, secrets);
    }

    private static YadoException refused(String why) {
        return new YadoException(ErrorCode.BACKUP_KEY_REFUSED, why);
    }

    public boolean isEmpty() {
        return master == null && secrets.isEmpty();
    }

    Optional<ChunkKey> of(TenantId tenant) {
        byte[] secret = secrets.get(tenant);
        if (secret == null && master != null) {
            secret = ChunkKey.derive(master, "yado tenant " + tenant);
        }
        return Optional.ofNullable(secret).map(ChunkKey::of);
    }

    /** @throws YadoException {@link ErrorCode#BACKUP_KEY_REFUSED} */
    ChunkKey need(@Nullable TenantId tenant) {
        if (tenant == null) {
            throw refused("The repository is encrypted with keys of tenants, and the backup names no tenant.");
        }
        return of(tenant).orElseThrow(() -> refused("There is no key of tenant " + tenant + " here."));
    }

    /** Not the keys. */
    @Override
    public String toString() {
        return isEmpty()
                ? "no keys"
                : "keys of " + secrets.size() + " tenants" + (master == null ? "" : " and all others");
    }
}
