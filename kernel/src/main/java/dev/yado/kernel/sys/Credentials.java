package dev.yado.kernel.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** Who this process is to the kernel. */
public final class Credentials {
    // uid_t geteuid(void)
    private static final MethodHandle GETEUID = Downcall.handle("geteuid", FunctionDescriptor.of(JAVA_INT));

    private Credentials() {}

    public static int effectiveUid() {
        try {
            // SAFETY: no arguments; it cannot fail, and -1 is no user's number.
            return (int) Downcall.run("geteuid", state -> (int) GETEUID.invokeExact(state));
        } catch (SystemCallException e) {
            throw new IllegalStateException(e);
        }
    }
}
