package dev.yado.network.linux;

import dev.yado.kernel.NetworkNamespace;
import java.nio.file.Path;

/**
 * Where a network or router is on this host. The driver owns both: nobody else closes the namespace or keeps it after the call that
 * brought it, except by what was opened inside.
 *
 * @param directory for files of its parts; it is removed with the network, after all parts have been asked to remove theirs
 */
public record Ground(NetworkNamespace namespace, Path directory) {}
