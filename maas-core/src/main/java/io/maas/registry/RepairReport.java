package io.maas.registry;

import com.google.common.collect.ImmutableList;

/**
 * What {@link RegistryUpkeep#repair} has done.
 *
 * @param restored the hashes of the blobs that were put back
 * @param freed how many bytes of orphans and half-written files were removed
 * @param left what is still not as it should be
 */
public record RepairReport(ImmutableList<String> restored, long freed, ImmutableList<Finding> left) {}
