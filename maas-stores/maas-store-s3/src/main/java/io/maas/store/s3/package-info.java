/**
 * A registry in a bucket of an object store that speaks S3. Start with {@link io.maas.store.s3.S3RegistryStore}; the client, and
 * with it credentials, region and how HTTP is spoken, is the caller's.
 */
@org.jspecify.annotations.NullMarked
package io.maas.store.s3;
