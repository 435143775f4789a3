/**
 * Tells what the bytes of an image are, from its beginning and its length alone. Pure: no I/O, no qemu-img.
 * Promises that what it accepts stands alone: it makes a hypervisor open no other file.
 */
@NullMarked
package dev.yado.protocol.image;

import org.jspecify.annotations.NullMarked;
