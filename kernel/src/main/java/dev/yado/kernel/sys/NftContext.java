package dev.yado.kernel.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * A context of libnftables, which belongs to the network namespace of the thread that has opened it: it is used only by threads that are
 * there. The library keeps global tables, so there is one call at a time in the process. A context is kept for many calls: freeing one
 * after a change makes the kernel wait until no packet is on its way through the old rules any more, some 20 ms.
 */
public final class NftContext implements AutoCloseable {
    private static final String LIBRARY = "libnftables.so.1";
    // From <nftables/libnftables.h>, which is not a header of the kernel.
    private static final int NFT_CTX_OUTPUT_JSON = 1 << 4;
    private static final int NFT_CTX_OUTPUT_NUMERIC_ALL = 0b1111 << 7;

    /** @param failed true: nothing was changed and {@code error} says why */
    public record Answer(boolean failed, String output, String error) {}

    /** Found when first used: hosts without the library can run guests without networks. */
    private static final class Library {
        static final SymbolLookup SYMBOLS = SymbolLookup.libraryLookup(LIBRARY, Arena.global());

        // struct nft_ctx *nft_ctx_new(uint32_t flags)
        static final MethodHandle NEW = handle("nft_ctx_new", FunctionDescriptor.of(ADDRESS, JAVA_INT));
        // void nft_ctx_free(struct nft_ctx *ctx)
        static final MethodHandle FREE = handle("nft_ctx_free", FunctionDescriptor.ofVoid(ADDRESS));
        // void nft_ctx_output_set_flags(struct nft_ctx *ctx, unsigned int flags)
        static final MethodHandle FLAGS =
                handle("nft_ctx_output_set_flags", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT));
        // int nft_ctx_buffer_output(struct nft_ctx *ctx)
        static final MethodHandle BUFFER_OUTPUT =
                handle("nft_ctx_buffer_output", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        // int nft_ctx_buffer_error(struct nft_ctx *ctx)
        static final MethodHandle BUFFER_ERROR =
                handle("nft_ctx_buffer_error", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        // const char *nft_ctx_get_output_buffer(struct nft_ctx *ctx)
        static final MethodHandle OUTPUT = handle("nft_ctx_get_output_buffer", FunctionDescriptor.of(ADDRESS, ADDRESS));
        // const char *nft_ctx_get_error_buffer(struct nft_ctx *ctx)
        static final MethodHandle ERROR = handle("nft_ctx_get_error_buffer", FunctionDescriptor.of(ADDRESS, ADDRESS));
        // int nft_run_cmd_from_buffer(struct nft_ctx *nft, const char *buf)
        static final MethodHandle RUN =
                handle("nft_run_cmd_from_buffer", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));

        private static MethodHandle handle(String function, FunctionDescriptor descriptor) {
            // SAFETY: each descriptor copies the C prototype above it.
            return Linker.nativeLinker().downcallHandle(SYMBOLS.findOrThrow(function), descriptor);
        }
    }

    private MemorySegment context;

    private NftContext(MemorySegment context) {
        this.context = context;
    }

    public static NftContext open() throws IOException {
        synchronized (NftContext.class) {
            // SAFETY: no pointers are given.
            MemorySegment context = library(() -> (MemorySegment) Library.NEW.invokeExact(0));
            if (context.equals(MemorySegment.NULL)) {
                throw new IOException(LIBRARY + " gives no context: no memory, or no netlink socket");
            }
            return new NftContext(context);
        }
    }

    /** Runs the script as one transaction. */
    public Answer run(String script, boolean json) throws IOException {
        synchronized (NftContext.class) {
            if (context.equals(MemorySegment.NULL)) {
                throw new IOException("the context of " + LIBRARY + " is closed");
            }
            try (Arena arena = Arena.ofConfined()) {
                // SAFETY: the library copies or reads the NUL-terminated text during the call.
                MemorySegment text = arena.allocateFrom(script);
                return library(() -> run(context, text, json));
            }
        }
    }

    @Override
    public void close() {
        synchronized (NftContext.class) {
            if (context.equals(MemorySegment.NULL)) {
                return;
            }
            MemorySegment freed = context;
            context = MemorySegment.NULL;
            try {
                // SAFETY: it is freed once, and not used after.
                Library.FREE.invokeExact(freed);
            } catch (Throwable e) {
                throw new IllegalStateException(LIBRARY, e);
            }
        }
    }

    @FunctionalInterface
    private interface Call<T> {
        T run() throws Throwable;
    }

    private static <T> T library(Call<T> call) throws IOException {
        try {
            return call.run();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
            throw new IOException(LIBRARY + " is not on this host: install nftables", e);
        } catch (Throwable e) {
            throw new IllegalStateException(LIBRARY, e);
        }
    }

    // SAFETY: the context is alive; both buffers belong to it, end with NUL and are copied before it is freed.
    private static Answer run(MemorySegment context, MemorySegment text, boolean json) throws Throwable {
        if ((int) Library.BUFFER_OUTPUT.invokeExact(context) != 0
                || (int) Library.BUFFER_ERROR.invokeExact(context) != 0) {
            throw new IOException(LIBRARY + " cannot collect its output");
        }
        int flags = NFT_CTX_OUTPUT_NUMERIC_ALL | (json ? NFT_CTX_OUTPUT_JSON : 0);
        Library.FLAGS.invokeExact(context, flags);
        int result = (int) Library.RUN.invokeExact(context, text);
        MemorySegment output = (MemorySegment) Library.OUTPUT.invokeExact(context);
        MemorySegment error = (MemorySegment) Library.ERROR.invokeExact(context);
        return new Answer(result != 0, string(output), string(error));
    }

    private static String string(MemorySegment chars) {
        return chars.equals(MemorySegment.NULL)
                ? ""
                : chars.reinterpret(Long.MAX_VALUE).getString(0);
    }
}
