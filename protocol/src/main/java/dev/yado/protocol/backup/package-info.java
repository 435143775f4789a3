/**
 * What controller and hosts say to each other when a VM is backed up: {@link BackupAgent}. Data never passes through the controller:
 * the host writes to the repository itself. Knows nothing of QEMU and nothing of how a repository is laid out.
 */
@NullMarked
package dev.yado.protocol.backup;

import org.jspecify.annotations.NullMarked;
