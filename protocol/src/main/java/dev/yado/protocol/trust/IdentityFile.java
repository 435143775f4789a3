package dev.yado.protocol.trust;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An {@link Identity} on disk: key, certificate and CA certificate as PEM in one file of mode 0600, so that they are replaced
 * together or not at all.
 */
public record IdentityFile(Path path) {

    /** Where a machine keeps it below its state directory. */
    public static IdentityFile in(Path state) {
        return new IdentityFile(state.resolve("tls").resolve("identity.pem"));
    }

    /** Empty when the machine has not joined. @throws IOException also when the file is damaged */
    public Optional<Identity> read() throws IOException {
        String text;
        try {
            text = Files.readString(path, StandardCharsets.US_ASCII);
        } catch (NoSuchFileException notJoined) {
            return Optional.empty();
        }
        try {
            List<byte[]> keys = Pem.decode(Pem.PRIVATE_KEY, text);
            List<byte[]> certificates = Pem.decode(Pem.CERTIFICATE, text);
            if (keys.size() != 1 || certificates.size() != 2) {
                throw new IOException(path + " does not hold a key and two certificates: join again");
            }
            return Optional.of(new Identity(
                    KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(keys.getFirst())),
                    Pem.certificate(certificates.getFirst()),
                    Pem.certificate(certificates.get(1))));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(path + " is damaged: join again", e);
        }
    }

    /** Lasts after the call, also through a power cut. */
    public void write(Identity identity) throws IOException {
        Path directory = path.toAbsolutePath().resolveSibling("");
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path fresh = directory.resolve(
                path.getFileName() + "." + ProcessHandle.current().pid());
        Files.deleteIfExists(fresh);
        String text = Pem.encode(Pem.PRIVATE_KEY, identity.key().getEncoded())
                + Pem.of(identity.certificate())
                + Pem.of(identity.ca());
        try (FileChannel file = FileChannel.open(
                fresh,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer bytes = StandardCharsets.US_ASCII.encode(text);
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            file.force(true);
        }
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
    }
}
