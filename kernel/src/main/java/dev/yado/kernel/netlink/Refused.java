package dev.yado.kernel.netlink;

import dev.yado.kernel.sys.Errno;
import dev.yado.kernel.sys.SystemCallException;
import java.io.IOException;

/** Why the kernel does not do what a request asks, as far as callers act on it. */
public final class Refused {
    private Refused() {}

    /** Something of that name or number is there already. */
    public static boolean isTaken(IOException failure) {
        return is(failure, Errno.EEXIST);
    }

    /** The kernel does not know such a thing; a module may be missing. */
    public static boolean isUnknown(IOException failure) {
        return is(failure, Errno.EOPNOTSUPP);
    }

    /** What is to be changed or deleted is not there any more. */
    public static boolean isGone(IOException failure) {
        return is(failure, Errno.ENODEV) || is(failure, Errno.ENOENT) || is(failure, Errno.ESRCH);
    }

    private static boolean is(IOException failure, Errno errno) {
        return failure instanceof SystemCallException refused && refused.errno() == errno;
    }
}
