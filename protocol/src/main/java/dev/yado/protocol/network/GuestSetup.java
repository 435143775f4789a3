package dev.yado.protocol.network;

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
}
