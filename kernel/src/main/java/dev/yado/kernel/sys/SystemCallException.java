package dev.yado.kernel.sys;

import java.io.IOException;

/** A system call failed; the message reads like {@code "ioctl KVM_CREATE_VM: EBUSY (Device or resource busy)"}. */
public final class SystemCallException extends IOException {
    private static final long serialVersionUID = 1;

    private final int number;

    SystemCallException(String call, int number) {
        super(describe(call, number));
        this.number = number;
    }

    /** @param explanation the kernel's own words; empty: it gave none */
    SystemCallException(String call, int number, String explanation) {
        super(explanation.isEmpty() ? describe(call, number) : describe(call, number) + ": " + explanation);
        this.number = number;
    }

    public Errno errno() {
        return Errno.of(number);
    }

    private static String describe(String call, int number) {
        Errno errno = Errno.of(number);
        String name = errno == Errno.OTHER ? "errno " + number : errno + " (" + errno.meaning() + ")";
        return call + ": " + name;
    }
}
