/**
 * Owns repositories in S3 buckets: {@link dev.yado.storage.repository.s3.S3Store}, with Amazon's own client.
 * Promises what {@link dev.yado.storage.repository.store.ObjectStore} does, of any server that knows conditional writes.
 * Hides retries and the words in which servers refuse.
 */
@NullMarked
package dev.yado.storage.repository.s3;

import org.jspecify.annotations.NullMarked;
