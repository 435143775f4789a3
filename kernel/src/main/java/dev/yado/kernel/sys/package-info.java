/**
 * Owns the words of the Linux and KVM binary interface on x86-64: numbers, layouts, libc handles.
 * Promises plain Java signatures to the package above, and a SystemCallException naming call and errno for each failure.
 * Hides java.lang.foreign: no other package may touch it. LayoutTest compares all of it with the C headers.
 */
@NullMarked
package dev.yado.kernel.sys;

import org.jspecify.annotations.NullMarked;
