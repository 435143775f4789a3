package dev.yado.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a guest finds of itself on its seed disk and at the metadata service.
 *
 * @param userData its bytes as they were given, in Base64; null: none
 */
public record GuestSetup(
        String hostname, List<String> sshKeys, @Nullable String userData) {
    public GuestSetup {
        sshKeys = List.copyOf(sshKeys);
    }

    /** Keys and user-data are nobody's but the guest's, so they get into no log. */
    @Override
    public String toString() {
        return "GuestSetup[hostname=" + hostname + ", " + sshKeys.size() + " keys, "
                + (userData == null ? "no user-data]" : "user-data]");
    }
}
