package dev.yado.kernel.netlink;

import static dev.yado.kernel.sys.NetlinkNumbers.*;

import dev.yado.kernel.sys.NetlinkMessage;
import dev.yado.kernel.sys.NetlinkWriter;
import java.util.Optional;

/** Limits what leaves at links. */
public final class QueueRequests {
    private static final String KIND = "tbf";

    private QueueRequests() {}

    /** Makes or changes it. @param burstBytes what may leave at once after a pause, at least the largest packet */
    public static NetlinkRequest set(TokenBucket bucket, int burstBytes) {
        NetlinkWriter message = new NetlinkWriter(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE)
                .queue(bucket.link())
                .text(TCA_KIND, KIND);
        int options = message.begin(TCA_OPTIONS | NLA_F_NESTED);
        message.tokenBucket((int) bucket.bytesPerSecond(), bucket.queueBytes())
                .number(TCA_TBF_BURST, burstBytes)
                .end(options);
        return new NetlinkRequest("limit link " + bucket.link(), message);
    }

    public static NetlinkRequest delete(TokenBucket bucket) {
        return new NetlinkRequest(
                "end the limit of link " + bucket.link(), new NetlinkWriter(RTM_DELQDISC, 0).queue(bucket.link()));
    }

    static NetlinkWriter list() {
        return new NetlinkWriter(RTM_GETQDISC, 0).queue(0);
    }

    static Optional<TokenBucket> read(NetlinkMessage message) {
        var attributes = message.queueAttributes();
        if (message.queueParent() != (int) TC_H_ROOT
                || !attributes.text(TCA_KIND).equals(KIND)) {
            return Optional.empty();
        }
        var options = attributes.nested(TCA_OPTIONS);
        return Optional.of(new TokenBucket(
                message.queueIndex(), Integer.toUnsignedLong(options.tokenBucketRate()), options.tokenBucketLimit()));
    }
}
