/**
 * What stands between raw rows and a network: recipes that are fitted on training data, computed in Java for training, and
 * written into the graph that is served. Start with {@link io.maas.training.preprocessing.Preprocessing}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.training.preprocessing;
