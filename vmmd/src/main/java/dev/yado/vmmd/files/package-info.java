/**
 * Owns single files of backups: what is in their file systems, and the content of a file.
 * Promises that the kernel of this machine never reads what a guest has written as a file system: a program does, alone in a sandbox.
 * Hides that program (7zz), its sandbox and how it gets at a disk that lies in a repository.
 */
@NullMarked
package dev.yado.vmmd.files;

import org.jspecify.annotations.NullMarked;
