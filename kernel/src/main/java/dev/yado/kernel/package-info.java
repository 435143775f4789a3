/**
 * Owns what the daemon asks of the Linux kernel: processes by pidfd, /proc, cgroups, the OOM killer's traces, /dev/kvm.
 * Promises closeable types with plain Java signatures, and an answer with a reason where a kernel offers less.
 * Hides system calls and struct layouts, which are in kernel.sys.
 */
@NullMarked
package dev.yado.kernel;

import org.jspecify.annotations.NullMarked;
