/**
 * The conformance suite that every backend passes, and the slow plain-Java backend that says what is right. Start with
 * {@link io.maas.backend.tck.OperatorContract}; the other {@code *Contract} classes are extended the same way.
 */
@org.jspecify.annotations.NullMarked
package io.maas.backend.tck;
