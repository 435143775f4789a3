import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * One way to start and stop one guest. What must be computed before the clock starts is done in the outer call; the inner one sends the
 * request and returns at once with the future of the answer.
 */
interface Side {
    Callable<CompletableFuture<?>> start() throws Exception;

    Callable<CompletableFuture<?>> stop() throws Exception;

    /** Waits until nothing of the last call is under way any more. */
    void settle() throws Exception;

    /** QEMU appends here what the guest writes to its first serial port. */
    Path serialLog();

    /** QEMU has it in its arguments. */
    String uuid();
}
