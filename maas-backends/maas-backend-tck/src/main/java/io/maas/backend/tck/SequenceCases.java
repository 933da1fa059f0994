package io.maas.backend.tck;

/** Cases of recurrent layers, attention and dropout. */
final class SequenceCases {
    private SequenceCases() {}

    static void of(CaseWriter to) {}
}
