package dev.yado.kernel;

import dev.yado.kernel.sys.SystemCallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** Says why KVM cannot be used, and what an operator can do about it. */
final class KvmFailure {
    private KvmFailure() {}

    static String explain(Path device, @Nullable Throwable cause, int uid) {
        if (cause instanceof SystemCallException failed) {
            return failed.getMessage() + advice(device, failed, uid);
        }
        return cause == null || cause.getMessage() == null ? "the test failed: " + cause : cause.getMessage();
    }

    private static String advice(Path device, SystemCallException failed, int uid) {
        return switch (failed.errno()) {
            case ENOENT ->
                "; load kvm_intel or kvm_amd, switch VT-x or AMD-V on in the firmware,"
                        + " or allow nested virtualisation where this host is itself a guest";
            case EACCES, EPERM ->
                "; it is " + ownership(device) + " and this daemon is uid " + uid
                        + ": put the daemon's user into the owning group and give the group read and write";
            case ENODEV, ENXIO -> "; the device file has no driver behind it: load kvm_intel or kvm_amd";
            case ENOTTY -> "; " + device + " is not a KVM device";
            case EBUSY -> "; another hypervisor on this host holds the CPU's virtualisation: stop it";
            case ENOMEM -> "; the host has no memory left for a guest of 1 MiB";
            case EMFILE -> "; raise the daemon's limit of open files";
            case ESRCH,
                    EINTR,
                    EIO,
                    E2BIG,
                    EBADF,
                    ECHILD,
                    EAGAIN,
                    EFAULT,
                    EEXIST,
                    EINVAL,
                    EPIPE,
                    ERANGE,
                    ENOSYS,
                    EOPNOTSUPP,
                    EADDRINUSE,
                    EADDRNOTAVAIL,
                    ENETDOWN,
                    ENETUNREACH,
                    ENOBUFS,
                    EHOSTUNREACH,
                    OTHER -> "; this kernel's KVM cannot run a plain 64-bit guest";
        };
    }

    private static String ownership(Path device) {
        try {
            PosixFileAttributes attributes = Files.readAttributes(device, PosixFileAttributes.class);
            return attributes.owner().getName() + ":" + attributes.group().getName() + " "
                    + PosixFilePermissions.toString(attributes.permissions());
        } catch (IOException e) {
            return "not to be looked at";
        }
    }
}
