/**
 * Owns the reading of partition tables, which guests write: MBR with logical partitions, and GPT.
 * Promises that whatever a guest has written gives some partitions that lie within the disk, or none, and soon.
 */
@NullMarked
package dev.yado.storage.partition;

import org.jspecify.annotations.NullMarked;
