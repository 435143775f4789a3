package dev.yado.kernel;

import dev.yado.kernel.sys.NftCalls;
import java.io.IOException;

/** The packet filter of one network namespace. Stateless: every call looks at the kernel anew; any thread may call. */
public final class Nftables {
    private final NetworkNamespace namespace;

    public Nftables(NetworkNamespace namespace) {
        this.namespace = namespace;
    }

    /**
     * Runs the script as one transaction: all of it holds afterwards, or nothing was changed. No packet sees a part of it.
     *
     * @throws NftablesException with the line that was refused
     */
    public void run(String script) throws IOException {
        NftCalls.Answer answer = namespace.call(() -> NftCalls.run(script, false));
        if (answer.failed()) {
            throw NftablesException.of(answer.error(), script);
        }
    }

    /** What the command lists, as libnftables-json(5) describes it. @param command such as {@code "list ruleset"} */
    public String listJson(String command) throws IOException {
        NftCalls.Answer answer = namespace.call(() -> NftCalls.run(command, true));
        if (answer.failed()) {
            throw NftablesException.of(answer.error(), command);
        }
        return answer.output();
    }
}
