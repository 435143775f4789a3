package dev.yado.kernel;

import dev.yado.kernel.sys.NetlinkCalls;
import dev.yado.kernel.sys.NetlinkNumbers;
import dev.yado.kernel.sys.NetlinkWriter;
import dev.yado.kernel.sys.NftContext;
import java.io.IOException;

/**
 * The packet filter of one network namespace. What libnftables remembers of it is kept with the namespace and holds only until the kernel's
 * generation is another; any thread may call.
 */
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
        NftContext.Answer answer = namespace.runRules(script, false);
        if (answer.failed()) {
            throw NftablesException.of(answer.error(), script);
        }
    }

    /** Another number each time that anybody has changed the rules. */
    public int generation() throws IOException {
        return namespace.call(() -> {
            try (NetlinkCalls calls = NetlinkCalls.openNetfilter()) {
                int[] number = {0};
                NetlinkWriter request = new NetlinkWriter(
                                NetlinkNumbers.NFNL_SUBSYS_NFTABLES << 8 | NetlinkNumbers.NFT_MSG_GETGEN, 0)
                        .netfilter(NetlinkNumbers.AF_UNSPEC);
                calls.ask(
                                request,
                                message -> number[0] = message.flowAttributes().number(NetlinkNumbers.NFTA_GEN_ID, 0))
                        .requireDone("ask for the generation of the packet rules");
                return Integer.reverseBytes(number[0]);
            }
        });
    }

    /** What the command lists, as libnftables-json(5) describes it. @param command such as {@code "list ruleset"} */
    public String listJson(String command) throws IOException {
        NftContext.Answer answer = namespace.runRules(command, true);
        if (answer.failed()) {
            throw NftablesException.of(answer.error(), command);
        }
        return answer.output();
    }
}
