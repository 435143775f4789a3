package dev.yado.kernel.sys;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** How a libc function is found and called so that errno is not lost on the way back. */
final class Downcall {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO_OPTION = Linker.Option.captureCallState("errno");
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(groupElement("errno"));

    /** One call with its capture segment; the result is -1 exactly when the call failed. */
    @FunctionalInterface
    interface Call {
        long with(MemorySegment state) throws Throwable;
    }

    /** One call that returns 0 or the error's number. */
    @FunctionalInterface
    interface NumberedCall {
        int get() throws Throwable;
    }

    private Downcall() {}

    /** The handle takes the capture segment first, then the parameters of the descriptor. */
    static MethodHandle handle(String function, FunctionDescriptor descriptor) {
        // SAFETY: each caller states the descriptor next to the C prototype it copies.
        return LINKER.downcallHandle(address(function), descriptor, ERRNO_OPTION);
    }

    /** As {@link #handle}, for a C function whose parameters from {@code fixed} on are "...". */
    static MethodHandle variadic(String function, int fixed, FunctionDescriptor descriptor) {
        // SAFETY: as above; the linker must know where the variadic part begins.
        return LINKER.downcallHandle(
                address(function), descriptor, ERRNO_OPTION, Linker.Option.firstVariadicArg(fixed));
    }

    /** A handle without the capture segment, for functions that return the error's number: see {@link #check}. */
    static MethodHandle plain(String function, FunctionDescriptor descriptor) {
        // SAFETY: as above.
        return LINKER.downcallHandle(address(function), descriptor);
    }

    static MemorySegment address(String function) {
        return LINKER.defaultLookup().findOrThrow(function);
    }

    /** @param what names the call in the exception, such as {@code "open /dev/kvm"} */
    static long run(String what, Call call) throws SystemCallException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long result = call.with(state);
            if (result == -1) {
                throw new SystemCallException(what, (int) ERRNO.get(state, 0L));
            }
            return result;
        } catch (SystemCallException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(what, e);
        }
    }

    /** @param what names the call in the exception */
    static void check(String what, NumberedCall call) throws SystemCallException {
        int number;
        try {
            number = call.get();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(what, e);
        }
        if (number != 0) {
            throw new SystemCallException(what, number);
        }
    }
}
