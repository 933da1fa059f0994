/**
 * JMH benchmarks of the hot paths, each beside a peer that does the same work in the same run. Start with {@link
 * io.maas.benchmarks.PredictBenchmark}; peers that need a profile lie in {@code src/peers}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.benchmarks;
