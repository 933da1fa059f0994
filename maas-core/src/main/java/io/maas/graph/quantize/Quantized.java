package io.maas.graph.quantize;

import io.maas.model.Artifact;

/** A model with fewer bits, ready to be published, and how near it comes to the one that it was made of. */
public record Quantized(Artifact artifact, QuantizationReport report) {}
