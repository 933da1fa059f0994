package io.maas.backend.tck;

/** Cases of reductions. */
final class MoreReductionCases {
    private MoreReductionCases() {}

    static void of(CaseWriter to) {}
}
