package io.maas.backend.tck;

/** Cases of activations and other operators that work element by element. */
final class ActivationCases {
    private ActivationCases() {}

    static void of(CaseWriter to) {}
}
