package dev.yado.network.nft;

import org.jspecify.annotations.Nullable;

/**
 * Where packets enter a chain.
 *
 * @param type {@code filter} or {@code nat}
 * @param device of chains of the family netdev
 * @param policy {@code accept} or {@code drop}: what becomes of a packet that no rule decides on
 */
public record Hook(String type, String hook, @Nullable String device, int priority, String policy) {
    /** Whether it is the same as one that was listed, perhaps without its device. */
    boolean listedAs(@Nullable Hook seen) {
        return seen != null
                && type.equals(seen.type)
                && hook.equals(seen.hook)
                && (seen.device == null || seen.device.equals(device))
                && priority == seen.priority
                && policy.equals(seen.policy);
    }

    @Override
    public String toString() {
        return "type " + type + " hook " + hook + (device == null ? "" : " device \"" + device + "\"") + " priority "
                + priority + "; policy " + policy + ";";
    }
}
