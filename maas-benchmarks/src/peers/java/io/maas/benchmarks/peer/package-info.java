/**
 * The rows of {@link io.maas.benchmarks.TrainingStepBenchmark} in other libraries: DJL on libtorch, SameDiff and DL4J on ND4J.
 * Compiled in profile {@code peers} only.
 */
@org.jspecify.annotations.NullMarked
package io.maas.benchmarks.peer;
