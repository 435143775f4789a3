package dev.yado.vmmd.move;

import dev.yado.vmmd.qemu.GuestFiles;
import dev.yado.vmmd.qemu.QemuUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;

/** The files that QEMU reads its end of the streams from: in the VM's directory, for the time of one move. */
public final class StreamKeys {
    /** Of QEMU's object. */
    static final String ID = "streams";

    private static final String DIRECTORY = "streams";

    /**
     * The group ffdhe2048 of RFC 7919. TLS 1.3 makes no use of it, but QEMU looks for a new prime whenever it is given none, which took
     * 140 to 690 ms of every move.
     */
    static final String GROUP = """
            -----BEGIN DH PARAMETERS-----
            MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
            +8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
            87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
            YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
            7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
            ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
            -----END DH PARAMETERS-----
            """;

    private StreamKeys() {}

    /** QEMU's words for the two ends. */
    enum End {
        SERVER("server"),
        CLIENT("client");

        final String wire;

        End(String wire) {
            this.wire = wire;
        }
    }

    /**
     * @param trusted the other host's authority, PEM: nobody else gets through
     * @return the directory
     */
    static Path write(Path vmDirectory, End end, StreamAuthority own, String trusted, QemuUser user)
            throws IOException {
        remove(vmDirectory);
        Path directory = Files.createDirectory(
                vmDirectory.resolve(DIRECTORY),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        StreamAuthority.Leaf leaf = own.issue();
        Map<String, String> files = new HashMap<>(Map.of(
                "ca-cert.pem", trusted, end.wire + "-cert.pem", leaf.certificate(), end.wire + "-key.pem", leaf.key()));
        if (end == End.SERVER) {
            files.put("dh-params.pem", GROUP);
        }
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = Files.createFile(
                    directory.resolve(file.getKey()),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(path, file.getValue(), StandardOpenOption.WRITE);
            GuestFiles.give(path, user, "r--------");
        }
        GuestFiles.give(directory, user, "r-x------");
        return directory;
    }

    /** Nothing happens when there are none. */
    public static void remove(Path vmDirectory) throws IOException {
        Path directory = vmDirectory.resolve(DIRECTORY);
        if (Files.isDirectory(directory)) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            for (String name : new String[] {
                "ca-cert.pem", "dh-params.pem", "server-cert.pem", "server-key.pem", "client-cert.pem", "client-key.pem"
            }) {
                Files.deleteIfExists(directory.resolve(name));
            }
            Files.delete(directory);
        }
    }
}
