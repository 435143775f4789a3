package dev.yado.vmmd.backup;

import dev.yado.vmmd.qemu.GuestFiles;
import dev.yado.vmmd.qemu.QemuUser;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What QEMU and the daemon share while a backup is taken: a directory in the VM's, which QEMU sees by a relative name. */
final class Workplace {
    private static final Logger log = LoggerFactory.getLogger(Workplace.class);
    private static final String DIRECTORY = "backup";
    private static final String SOCKET = "nbd";

    private final Path vm;
    private final QemuUser user;

    private Workplace(Path vm, QemuUser user) {
        this.vm = vm;
        this.user = user;
    }

    /** Empty. @param vm the VM's directory */
    static Workplace make(Path vm, QemuUser user) throws IOException {
        remove(vm);
        Path directory = Files.createDirectory(vm.resolve(DIRECTORY));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        return new Workplace(vm, user);
    }

    /** With all that is in it. What cannot be removed stays for the next one. */
    static void remove(Path vm) {
        Path directory = vm.resolve(DIRECTORY);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            Files.delete(directory);
        } catch (NoSuchFileException e) {
            return;
        } catch (IOException e) {
            log.warn("{} is not removed", directory, e);
        }
    }

    /** As the daemon sees it. */
    Path socket() {
        return vm.resolve(DIRECTORY, SOCKET);
    }

    /** As QEMU sees it. */
    static String socketName() {
        return DIRECTORY + "/" + SOCKET;
    }

    /** Lets QEMU connect, and nobody else. */
    void giveSocket() throws IOException {
        GuestFiles.give(socket(), user, "rw-------");
    }

    /** A file of nothing but holes that takes what is put aside of a disk, where the disk had it. @return as QEMU sees it */
    Path scratch(int place, long bytes) throws IOException {
        Path name = Path.of(DIRECTORY, "scratch" + place);
        try (RandomAccessFile file = new RandomAccessFile(vm.resolve(name).toFile(), "rw")) {
            file.setLength(bytes);
        }
        GuestFiles.give(vm.resolve(name), user, "rw-------");
        return name;
    }
}
