package io.maas.registry;

import io.maas.error.Require;

/**
 * What an import may cost at most.
 *
 * @param maxBytes of the whole archive
 * @param maxFiles of the version
 */
public record ImportLimits(long maxBytes, int maxFiles) {
    public ImportLimits {
        Require.positive(maxBytes, "maxBytes");
        Require.positive(maxFiles, "maxFiles");
    }

    /** 64 GiB and 10,000 files. */
    public static ImportLimits defaults() {
        return new ImportLimits(64L << 30, 10_000);
    }
}
