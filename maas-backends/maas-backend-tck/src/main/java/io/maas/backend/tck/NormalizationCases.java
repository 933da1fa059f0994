package io.maas.backend.tck;

/** Cases of normalizations. */
final class NormalizationCases {
    private NormalizationCases() {}

    static void of(CaseWriter to) {}
}
