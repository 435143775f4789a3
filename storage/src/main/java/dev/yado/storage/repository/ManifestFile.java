package dev.yado.storage.repository;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.chunk.ChunkId;
import dev.yado.storage.repository.chunk.ChunkKey;
import dev.yado.storage.repository.chunk.Locator;
import dev.yado.storage.repository.chunk.PackId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.NullNode;

/** A manifest as it lies in the store: a line with digests, then JSON. */
final class ManifestFile {
    static final String FOLDER = "backups/";
    private static final String BEGIN = "YADO-BACKUP 1";
    private static final int NONCE_BYTES = 12;
    private static final SecureRandom RANDOM = new SecureRandom();

    private ManifestFile() {}

    /** The fields of the JSON. Either {@code spec} or {@code sealed} is there. */
    private record Content(
            BackupId id,
            VmId vm,
            @Nullable TenantId tenant,
            Instant takenAt,
            String consistency,
            @Nullable Instant retainUntil,
            @Nullable String key,
            List<Disk> disks,
            BackupFigures figures,
            @Nullable JsonNode spec,
            byte @Nullable [] sealed) {}

    private record Disk(DiskId id, long sizeBytes, List<@Nullable Branch> branches) {}

    private record Branch(String chunk, String pack, int offset, int stored, int plain) {}

    static String object(BackupId id) {
        return FOLDER + id;
    }

    static ByteBuffer write(Manifest manifest, @Nullable ChunkKey key) {
        List<Disk> disks = new ArrayList<>();
        for (Manifest.DiskMap disk : manifest.disks()) {
            List<@Nullable Branch> branches = new ArrayList<>();
            for (Locator each : disk.branches()) {
                branches.add(
                        each == null
                                ? null
                                : new Branch(
                                        each.id().toString(),
                                        each.pack().toString(),
                                        each.offset(),
                                        each.stored(),
                                        each.plain()));
            }
            disks.add(new Disk(disk.id(), disk.sizeBytes(), branches));
        }
        Content content = new Content(
                manifest.id(),
                manifest.vm(),
                manifest.tenant(),
                manifest.takenAt(),
                manifest.consistency(),
                manifest.retainUntil(),
                key == null ? null : key.name(),
                disks,
                manifest.figures(),
                key == null ? manifest.spec() : null,
                key == null ? null : seal(manifest, key));
        byte[] json = ProtocolJson.mapper().writeValueAsBytes(content);
        return HeadedJson.write(BEGIN, json, key == null ? "" : HexFormat.of().formatHex(mac(key, json)));
    }

    /**
     * @param keys without them what is encrypted stays closed: then the spec is null
     * @throws YadoException {@link ErrorCode#BACKUP_DAMAGED} when it is not what was written, {@link ErrorCode#BACKUP_KEY_REFUSED}
     *     when the tenant's key is another one
     */
    static Manifest read(BackupId id, ByteBuffer file, Keys keys) {
        HeadedJson headed = HeadedJson.read(BEGIN, file).orElseThrow(() -> damaged(id, "is not as it was written"));
        byte[] json = headed.json();
        Content content;
        try {
            content = ProtocolJson.mapper().readValue(json, Content.class);
        } catch (JacksonException e) {
            throw damaged(id, "cannot be understood");
        }
        if (!content.id().equals(id)) {
            throw damaged(id, "is the one of backup " + content.id());
        }
        JsonNode spec = content.spec() == null ? NullNode.getInstance() : content.spec();
        TenantId tenant = content.tenant();
        ChunkKey key =
                content.key() == null || tenant == null ? null : keys.of(tenant).orElse(null);
        if (key != null) {
            if (!key.name().equals(content.key())) {
                throw new YadoException(
                        ErrorCode.BACKUP_KEY_REFUSED,
                        "Backup " + id + " is encrypted with key " + content.key() + " of tenant " + tenant
                                + "; the key that is here is " + key.name() + ".");
            }
            byte[] seal = String.join(" ", headed.words()).getBytes(StandardCharsets.ISO_8859_1);
            if (!MessageDigest.isEqual(
                    seal, HexFormat.of().formatHex(mac(key, json)).getBytes(StandardCharsets.ISO_8859_1))) {
                throw damaged(id, "was not written with the tenant's key");
            }
            spec = open(id, content, key);
        }
        return manifest(id, content, spec);
    }

    private static Manifest manifest(BackupId id, Content content, JsonNode spec) {
        try {
            List<Manifest.DiskMap> disks = new ArrayList<>();
            for (Disk disk : content.disks()) {
                List<@Nullable Locator> branches = new ArrayList<>();
                for (Branch each : disk.branches()) {
                    branches.add(
                            each == null
                                    ? null
                                    : new Locator(
                                            ChunkId.of(HexFormat.of().parseHex(each.chunk())),
                                            PackId.of(each.pack()),
                                            each.offset(),
                                            each.stored(),
                                            each.plain()));
                }
                disks.add(new Manifest.DiskMap(disk.id(), disk.sizeBytes(), branches));
            }
            return new Manifest(
                    content.id(),
                    content.vm(),
                    content.tenant(),
                    content.takenAt(),
                    content.consistency(),
                    content.retainUntil(),
                    content.key(),
                    disks,
                    content.figures(),
                    spec);
        } catch (RuntimeException e) {
            throw damaged(id, "cannot be understood");
        }
    }

    private static YadoException damaged(BackupId id, String why) {
        return new YadoException(ErrorCode.BACKUP_DAMAGED, "The manifest of backup " + id + " " + why + ".");
    }

    private static byte[] seal(Manifest manifest, ChunkKey key) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            byte[] text = ProtocolJson.mapper().writeValueAsBytes(manifest.spec());
            byte[] sealed =
                    cipher(Cipher.ENCRYPT_MODE, key, nonce, manifest.id()).doFinal(text);
            return ByteBuffer.allocate(NONCE_BYTES + sealed.length)
                    .put(nonce)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the manifest cannot be sealed", e);
        }
    }

    private static JsonNode open(BackupId id, Content content, ChunkKey key) {
        byte[] sealed = content.sealed();
        if (sealed == null || sealed.length < NONCE_BYTES) {
            throw damaged(id, "does not say what the VM was");
        }
        try {
            byte[] text = cipher(Cipher.DECRYPT_MODE, key, Arrays.copyOf(sealed, NONCE_BYTES), id)
                    .doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
            return ProtocolJson.mapper().readTree(text);
        } catch (GeneralSecurityException e) {
            throw damaged(id, "does not open with the tenant's key");
        }
    }

    private static Cipher cipher(int mode, ChunkKey key, byte[] nonce, BackupId id) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key.content(), new GCMParameterSpec(128, nonce));
        cipher.updateAAD(id.toString().getBytes(StandardCharsets.US_ASCII));
        return cipher;
    }

    private static byte[] mac(ChunkKey key, byte[] json) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key.seal());
            return mac.doFinal(json);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HMAC-SHA-256", e);
        }
    }
}
