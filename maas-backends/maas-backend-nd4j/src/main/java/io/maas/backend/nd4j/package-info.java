/**
 * The second engine: a graph is run node by node on ND4J's eager operations. Start with {@link
 * io.maas.backend.nd4j.Nd4jBackend}; {@code Operators} is the table that says how each operator is run.
 */
@org.jspecify.annotations.NullMarked
package io.maas.backend.nd4j;
