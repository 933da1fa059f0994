/**
 * Writing to disks so that nothing is lost or half there. Start with {@link io.maas.storage.Storage}, which tests stand in for to fail
 * at any of its calls.
 */
@org.jspecify.annotations.NullMarked
package io.maas.storage;
