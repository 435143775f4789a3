package dev.yado.vmmd.files;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.nbd.NbdServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Runs 7zz on a volume. The volume is an NBD export of this process, which nbdfuse shows as one file, in a mount namespace that ends with
 * the program. 7zz runs as nobody, in namespaces of its own without network, sees that file and its own libraries and nothing else, and
 * has limits on memory and time: a file system that is made to break it breaks nothing but it.
 */
final class Sandbox {
    private static final List<String> PROGRAMS = List.of("7zz", "nbdfuse", "bwrap", "unshare", "setpriv", "prlimit");
    /**
     * Nothing of the caller's words is in it: they come as arguments. The directory is bound to a place that nobody can get to:
     * what is above its own, such as the daemon's, may be shut to others. The one file that is written is that of the errors: no more
     * than its beginning.
     */
    private static final String SCRIPT = """
            set -e
            mount --bind "$1" /mnt
            cd /mnt
            nbdfuse -r -o allow_other disk --unix nbd.sock >fuse.log 2>&1 &
            n=0
            until [ -s disk ]; do
              n=$((n + 1))
              if [ $n -gt 200 ]; then cat fuse.log >&2; exit 90; fi
              sleep 0.05
            done
            shift
            trap '' XFSZ
            exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --bounding-set=-all -- \\
              prlimit --as=4294967296 --cpu=900 --core=0 --fsize=65536 -- \\
              bwrap --unshare-all --die-with-parent --new-session --ro-bind /usr /usr --symlink usr/lib /lib --symlink usr/lib64 /lib64 \\
              --symlink usr/bin /bin --proc /proc --dev /dev --ro-bind disk /disk --chdir / --clearenv --setenv LC_ALL C.UTF-8 \\
              sh -c '7zz "$@" || [ $? = 1 ] || exit 91' sh "$@" </dev/null
            """;

    private static final int NO_FUSE = 90;
    /** 7zz, whose 1 is a warning, as of a file system that is in use: what is known, it has told. */
    private static final int NO_FILE_SYSTEM = 91;

    private Sandbox() {}

    /** What is done with the program's output, as it comes. */
    interface Taker {
        void take(InputStream output) throws IOException;
    }

    /**
     * @param words of 7zz; the volume is {@code /disk}
     * @throws YadoException {@code INVALID_REQUEST} when it finds no file system; {@code UNAVAILABLE} when something is missing here
     */
    static void run(Volume volume, List<String> words, Taker taker) throws IOException, InterruptedException {
        requirePrograms();
        Path directory = Files.createTempDirectory("yado-files-");
        try {
            // Nobody passes through, and lists nothing.
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
            Files.createFile(directory.resolve("disk"));
            try (NbdServer server = NbdServer.listen(directory.resolve("nbd.sock"), Map.of("", volume))) {
                run(directory, words, taker);
            }
        } finally {
            try (Stream<Path> files = Files.walk(directory)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    private static void run(Path directory, List<String> words, Taker taker) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "--",
                "sh",
                "-c",
                SCRIPT,
                "sh",
                directory.toString()));
        command.addAll(words);
        Path errors = directory.resolve("errors");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        process.getOutputStream().close();
        try (InputStream output = process.getInputStream()) {
            taker.take(output);
            output.transferTo(OutputStream.nullOutputStream());
        } catch (IOException | RuntimeException e) {
            process.destroy();
            process.waitFor();
            throw e;
        }
        int exit = process.waitFor();
        if (exit != 0) {
            String said = FoundFile.shown(Files.readString(errors, StandardCharsets.ISO_8859_1)
                    .strip()
                    .replace('\n', ' '));
            throw switch (exit) {
                case NO_FILE_SYSTEM ->
                    new YadoException(
                            ErrorCode.INVALID_REQUEST,
                            "No file system that is known was found there, or it is damaged: " + said);
                case NO_FUSE ->
                    new YadoException(
                            ErrorCode.UNAVAILABLE,
                            "The disk cannot be shown to the program as a file; is /dev/fuse there? " + said);
                default ->
                    new YadoException(
                            ErrorCode.UNAVAILABLE,
                            "The program that reads file systems cannot be shut in here (exit status " + exit + "): "
                                    + said);
            };
        }
    }

    private static void requirePrograms() {
        String path = System.getenv().getOrDefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        for (String program : PROGRAMS) {
            boolean there = Stream.of(path.split(":", -1)).anyMatch(each -> Files.isExecutable(Path.of(each, program)));
            if (!there) {
                throw new YadoException(
                        ErrorCode.UNAVAILABLE,
                        program + " is not installed here; single files need the packages 7zip, libnbd-bin, fuse3,"
                                + " bubblewrap and util-linux.");
            }
        }
        if (!"root".equals(System.getProperty("user.name"))) {
            throw new YadoException(
                    ErrorCode.UNAVAILABLE, "Single files are read as root, who shuts the program that reads them in.");
        }
    }
}
