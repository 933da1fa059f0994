/** What the tests of training share: running graphs without an engine, central differences, small data sets. */
@org.jspecify.annotations.NullMarked
package io.maas.training;
