/**
 * Small programs that show one thing each, run by the tests. Start with {@link io.maas.examples.Quickstart}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.examples;
