package io.maas.registry;

/**
 * What a registry holds.
 *
 * @param versions those that are not deleted
 * @param blobs how many different files are kept, manifests included
 * @param bytesStored what they take
 * @param bytesShared what they would take more if each version had its own
 * @param orphans how many blobs no version refers to
 * @param orphanBytes what these take; a part of the bytes stored
 */
public record RegistryStatistics(
        int models, int versions, long blobs, long bytesStored, long bytesShared, long orphans, long orphanBytes) {}
