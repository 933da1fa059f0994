package io.maas.backend.tck;

/** Cases of convolutions and pools, by the definition: a loop over each output and each tap. */
final class ConvolutionCases {
    private ConvolutionCases() {}

    static void of(CaseWriter to) {}
}
