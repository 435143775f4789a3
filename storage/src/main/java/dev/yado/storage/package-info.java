/**
 * Owns the files of images and disks on one host: a directory pool, filled from an {@link dev.yado.storage.ImageSource}.
 * Promises that what has its final name is whole, checked and on stable storage, and that a base is never written.
 * Hides qemu-img, temporary files, the sharing of downloads and file ownership.
 */
@NullMarked
package dev.yado.storage;

import org.jspecify.annotations.NullMarked;
